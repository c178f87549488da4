import {
  type AssemblyChange,
  conditionOf,
  type NewAssembly,
  type WriteOutcome,
} from '../../lambdas/shared/assembly-store.ts';
import { type Assembly, isExpired } from '../../lib/domain/assembly.ts';

/** One assembly in memory, for tests of use cases that want to see every write. */
export class InMemoryAssemblyStore {
  assembly: Assembly;
  /** What each write that succeeded left behind. */
  readonly history: Assembly[] = [];
  /** Runs before each change; may throw, or write something itself. */
  beforeWrite: (change: AssemblyChange) => void | Promise<void> = () => {};

  constructor(assembly: Partial<NewAssembly> = {}) {
    this.assembly = {
      assembly_id: 'a'.repeat(64),
      template_id: 'test-template',
      user_id: 'user-1',
      status: 'queued',
      attempt: 1,
      claim: 0,
      external: false,
      branch: 'main',
      progress: 0,
      retry_count: 0,
      max_retries: 3,
      created_at: '2026-11-21T12:00:00.000Z',
      ...assembly,
      version: 1,
      updated_at: '2026-11-21T12:00:00.000Z',
      last_writer: 'creator',
    };
  }

  async get(assemblyId: string): Promise<Assembly | undefined> {
    return assemblyId === this.assembly.assembly_id ? this.assembly : undefined;
  }

  /** A new one takes the place of the one that is there. */
  async create(assembly: NewAssembly, now: Date): Promise<WriteOutcome> {
    const stored = this.assembly;
    if (stored.assembly_id === assembly.assembly_id && !isExpired(stored, now))
      return { written: false, assembly: stored };
    const created = { ...assembly, version: 1, updated_at: now.toISOString(), last_writer: 'creator' };
    return this.written(created);
  }

  async change(_: string, change: AssemblyChange, now: Date): Promise<WriteOutcome> {
    await this.beforeWrite(change);
    const { attempt, claim, version, set, remove = [] } = change;
    const stored = this.assembly;
    const refused =
      !conditionOf(change).includes(stored.status) ||
      (attempt ?? stored.attempt) !== stored.attempt ||
      (claim ?? stored.claim) !== stored.claim ||
      (version ?? stored.version) !== stored.version;
    if (refused) return { written: false, assembly: stored };
    const changed = Object.fromEntries(
      Object.entries({ ...stored, ...withoutUndefined(set) }).filter(
        ([name]) => !(remove as string[]).includes(name),
      ),
    ) as unknown as Assembly;
    return this.written({ ...changed, version: stored.version + 1, updated_at: now.toISOString() });
  }

  private written(assembly: Assembly): WriteOutcome {
    if (Buffer.byteLength(JSON.stringify(assembly)) > MAX_ITEM_BYTES)
      throw Object.assign(new Error('Item size has exceeded the maximum allowed size'), {
        name: 'ValidationException',
        $fault: 'client',
      });
    this.assembly = withoutUndefined(assembly);
    this.history.push(this.assembly);
    return { written: true, assembly: this.assembly };
  }
}

/** Of DynamoDB. */
const MAX_ITEM_BYTES = 400 * 1024;

/** As the table does, which holds no undefined. */
const withoutUndefined = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
