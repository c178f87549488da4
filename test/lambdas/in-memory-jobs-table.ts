import type { PlannedChange } from '../../lambdas/shared/assembly-change.ts';
import type { WriteOutcome } from '../../lambdas/shared/assembly-store.ts';
import { type Assembly, epochSeconds, isExpired } from '../../lib/domain/assembly.ts';
import { ownerKey } from '../../lib/domain/list-keys.ts';
import { withoutUndefined } from './without-undefined.ts';

/** Of DynamoDB. */
const MAX_ITEM_BYTES = 400 * 1024;
/** Below this many characters no text can have too many bytes as UTF-8. */
const SURELY_FITS = MAX_ITEM_BYTES / 3;

/** What DynamoDB does with the jobs table: conditional writes to many items, a record of each for the stream. */
export class InMemoryJobsTable {
  readonly items = new Map<string, Assembly>();
  private readonly onWritten: (before: Assembly | undefined, after: Assembly) => void;

  constructor(onWritten: (before: Assembly | undefined, after: Assembly) => void = () => {}) {
    this.onWritten = onWritten;
  }

  put(assembly: Assembly, now: Date): WriteOutcome {
    const stored = this.items.get(assembly.assembly_id);
    if (stored && !isExpired(stored, now)) return { written: false, assembly: stored };
    return this.write(stored, assembly);
  }

  update(
    assemblyId: string,
    change: PlannedChange,
    { writer, now }: { writer: string; now: Date },
  ): WriteOutcome {
    const stored = this.items.get(assemblyId);
    if (!stored || !meets(stored, change)) return { written: false, assembly: stored };
    assertOwner(stored, change);
    const changed: Record<string, unknown> = { ...stored, ...change.set };
    for (const name of change.remove) changed[name] = undefined;
    changed.version = stored.version + 1;
    changed.updated_at = now.toISOString();
    changed.last_writer = writer;
    return this.write(stored, changed as unknown as Assembly);
  }

  /** Ids by deadline, the oldest first. */
  overdue(shard: string, now: Date): string[] {
    const due: Assembly[] = [];
    for (const assembly of this.items.values())
      if (isPast(assembly.deadline_at, now) && assembly.assembly_id.startsWith(shard)) due.push(assembly);
    return due
      .sort((a, b) => (a.deadline_at ?? 0) - (b.deadline_at ?? 0))
      .map(({ assembly_id }) => assembly_id);
  }

  private write(before: Assembly | undefined, after: Assembly): WriteOutcome {
    const kept = withoutUndefined(after);
    assertSize(kept);
    this.items.set(kept.assembly_id, kept);
    this.onWritten(before, kept);
    return { written: true, assembly: kept };
  }
}

const isPast = (time: number | undefined, now: Date): boolean =>
  time !== undefined && time <= epochSeconds(now);

const meets = (stored: Assembly, { from, fences }: PlannedChange): boolean =>
  from.includes(stored.status) &&
  Object.entries(fences).every(([name, value]) => stored[name as keyof Assembly] === value);

/** DynamoDB would not mind, and put the assembly into the lists of somebody else. */
function assertOwner(stored: Assembly, { owner }: PlannedChange): void {
  if (owner === undefined || ownerKey(owner) === ownerKey(stored)) return;
  throw new Error(`A write says that the assembly of ${ownerKey(stored)} belongs to ${ownerKey(owner)}`);
}

function assertSize(assembly: Assembly): void {
  const text = JSON.stringify(assembly);
  if (text.length < SURELY_FITS || Buffer.byteLength(text) <= MAX_ITEM_BYTES) return;
  throw Object.assign(new Error('Item size has exceeded the maximum allowed size'), {
    name: 'ValidationException',
    $fault: 'client',
  });
}
