import type { AssemblyChange, NewAssembly, WriteOutcome } from '../../lambdas/shared/assembly-store.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';

/** One assembly in memory, for tests of use cases that want to see every write. */
export class InMemoryAssemblyStore {
  assembly: Assembly;
  /** What each write that succeeded left behind. */
  readonly history: Assembly[] = [];
  /** Runs before each write; may throw, or write something itself. */
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

  async change(_: string, change: AssemblyChange, now: Date): Promise<WriteOutcome> {
    await this.beforeWrite(change);
    const { from, attempt, claim, version, set, remove = [] } = change;
    const stored = this.assembly;
    const refused =
      !from.includes(stored.status) ||
      (attempt ?? stored.attempt) !== stored.attempt ||
      (claim ?? stored.claim) !== stored.claim ||
      (version ?? stored.version) !== stored.version;
    if (refused) return { written: false, assembly: stored };
    const kept = Object.entries({ ...stored, ...set }).filter(
      ([name]) => !(remove as string[]).includes(name),
    );
    this.assembly = {
      ...(Object.fromEntries(kept) as unknown as Assembly),
      version: stored.version + 1,
      updated_at: now.toISOString(),
    };
    this.history.push(this.assembly);
    return { written: true, assembly: this.assembly };
  }
}
