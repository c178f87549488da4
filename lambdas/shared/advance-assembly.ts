import { type Assembly, epochSeconds, isExpired } from '../../lib/domain/assembly.ts';
import type { AssemblyError } from '../../lib/domain/assembly-error.ts';
import type { Json } from '../../lib/domain/json.ts';
import type { ResultFiles } from '../../lib/domain/result-file.ts';
import {
  canTransition,
  isTerminal,
  type Status,
  type TerminalStatus,
} from '../../lib/domain/state-machine.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { AssemblyChange, AssemblyStore } from './assembly-store.ts';

/** What somebody who works on an assembly has to say. What is undefined stays as it is. */
export interface Advance {
  readonly to: 'processing' | Exclude<TerminalStatus, 'canceled'>;
  /** The attempt and claim that the speaker works under. */
  readonly attempt?: number;
  readonly claim?: number;
  /** 0 to 100; a lower one than before is not written. */
  readonly progress?: number;
  readonly progressMessage?: string;
  readonly result?: Json;
  readonly results?: ResultFiles;
  readonly fileErrors?: Assembly['file_errors'];
  readonly error?: AssemblyError;
  readonly endedAt?: Date;
}

export interface AdvanceDependencies {
  readonly store: Pick<AssemblyStore, 'change'>;
  readonly retentionDays: number;
  readonly now: () => Date;
}

/**
 * Moves an assembly on, for our own worker and for external ones alike. Saying the same again changes nothing and
 * succeeds.
 * @param current the assembly as last seen; where it has changed since, the refusal shows the newer one
 * @throws WaybillError `stale_update`, `already_ended`, `illegal_transition`, with the current assembly; `not_found` where it is gone
 */
export async function advanceAssembly(
  current: Assembly,
  advance: Advance,
  { store, retentionDays, now }: AdvanceDependencies,
): Promise<Assembly> {
  let seen = current;
  // Each round lost means that somebody else's write succeeded, so the loop ends with the assembly at the latest.
  for (;;) {
    const time = now();
    if (isExpired(seen, time)) throw new WaybillError('not_found', 'The assembly is gone.');
    const change = changeFor(seen, advance, time, retentionDays);
    if (change === undefined) return seen;
    const { written, assembly } = await store.change(seen.assembly_id, change, time);
    if (written) return assembly;
    if (assembly === undefined) throw new WaybillError('not_found', 'The assembly is gone.');
    seen = assembly;
  }
}

/** The write that makes `advance` true of `seen`, or undefined where it is true already. */
function changeFor(
  seen: Assembly,
  advance: Advance,
  now: Date,
  retentionDays: number,
): AssemblyChange | undefined {
  assertCurrent(seen, advance);
  const set = withoutKnown(seen, valuesOf(seen, advance));
  if (seen.status === advance.to && Object.keys(set).length === 0) return undefined;
  assertPossible(seen, advance.to);
  const fences = { from: [seen.status], attempt: seen.attempt, claim: seen.claim, version: seen.version };
  if (advance.to === 'processing')
    return { ...fences, set: { ...set, ...(seen.status !== 'processing' && takenAt(seen, now)) } };
  // A worker's clock may be wrong; that something ended in the future is wrong for certain.
  const endedAt = new Date(
    Math.min(now.getTime(), advance.endedAt?.getTime() ?? now.getTime()),
  ).toISOString();
  const ended = {
    status: advance.to,
    ended_at: endedAt,
    expires_at: epochSeconds(now) + retentionDays * 86_400,
  };
  return { ...fences, set: { ...set, ...ended }, remove: goneAtTheEnd(advance) };
}

/** What was said of work in progress is no longer true, unless it is the last word. */
const goneAtTheEnd = ({ progressMessage }: Advance): NonNullable<AssemblyChange['remove']> => [
  'lease_ends_at',
  ...(progressMessage === undefined ? (['progress_message'] as const) : []),
];

/** An external worker that starts takes the assembly, as ours does with its claim. */
const takenAt = ({ claim }: Assembly, now: Date): AssemblyChange['set'] => ({
  status: 'processing',
  claim: claim + 1,
  started_at: now.toISOString(),
});

function valuesOf(
  seen: Assembly,
  { to, progress, progressMessage, result, results, fileErrors, error }: Advance,
): AssemblyChange['set'] {
  const full = to === 'completed' || to === 'partial';
  return {
    progress: full ? 100 : Math.max(seen.progress, progress ?? 0),
    progress_message: progressMessage,
    result,
    results,
    file_errors: fileErrors,
    error,
  };
}

const withoutKnown = (seen: Assembly, values: AssemblyChange['set']): AssemblyChange['set'] =>
  Object.fromEntries(
    Object.entries(values).filter(
      ([name, value]) =>
        value !== undefined && JSON.stringify(value) !== JSON.stringify(seen[name as keyof Assembly]),
    ),
  );

function assertCurrent(seen: Assembly, { attempt, claim }: Advance): void {
  if ((attempt ?? seen.attempt) !== seen.attempt || (claim ?? seen.claim) !== seen.claim)
    throw new WaybillError(
      'stale_update',
      `The assembly is at attempt ${seen.attempt}, claim ${seen.claim}.`,
      {
        current: seen,
        members: { claim: seen.claim },
      },
    );
}

function assertPossible(seen: Assembly, to: Status): void {
  const goesOn = seen.status === 'processing' && to === 'processing';
  if (!isTerminal(seen.status) && (goesOn || canTransition(seen.status, to, seen))) return;
  const [code, detail] = isTerminal(seen.status)
    ? (['already_ended', `The assembly has ended as ${seen.status}.`] as const)
    : (['illegal_transition', `The assembly is ${seen.status} and cannot become ${to}.`] as const);
  throw new WaybillError(code, detail, { current: seen });
}
