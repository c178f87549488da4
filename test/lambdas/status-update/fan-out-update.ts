import { newSubmission } from '../../../lambdas/shared/new-submission.ts';
import { updateStatus } from '../../../lambdas/status-update/update-status.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { statusUpdate } from '../../../lib/domain/status-update.ts';
import { NO_SUBMISSIONS, type Submission } from '../../../lib/domain/submission.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemoryFiles } from '../in-memory-files.ts';
import { InMemorySubmissionStore } from '../in-memory-submission-store.ts';
import type { Transport } from '../transport.ts';

export interface FanOutUpdateOptions {
  readonly ids: readonly string[];
  /** Whether the worker has written the rows already. */
  readonly expanded?: boolean;
  readonly attributes?: Partial<Assembly>;
  readonly transport?: Transport;
}

const SETTINGS = { retentionDays: 30 };
const recipient = (id: string) => ({ id, name: `Of ${id}` });

/** An external assembly with recipients, in stores in memory, and what a worker says of it. */
export class FanOutUpdate {
  readonly store: InMemoryAssemblyStore;
  readonly submissions: InMemorySubmissionStore;
  time = new Date('2026-11-21T12:01:00.000Z');
  private readonly ids: readonly string[];

  private constructor(
    ids: readonly string[],
    store: InMemoryAssemblyStore,
    submissions: InMemorySubmissionStore,
  ) {
    this.ids = ids;
    this.store = store;
    this.submissions = submissions;
  }

  static async of({
    ids,
    expanded = true,
    attributes = {},
    transport,
  }: FanOutUpdateOptions): Promise<FanOutUpdate> {
    const store = new InMemoryAssemblyStore({
      external: true,
      timeout_seconds: 86_400,
      queued_at: '2026-11-21T12:00:00.000Z',
      fields: { recipients: ids.map(recipient) },
      submission_count: ids.length,
      submission_counts: { ...NO_SUBMISSIONS, queued: ids.length },
      ...attributes,
    });
    const made = new FanOutUpdate(ids, store, new InMemorySubmissionStore({ transport }));
    if (expanded) await made.expand();
    return made;
  }

  /** As our worker does, before it gives the assembly back. */
  async expand(): Promise<void> {
    const { assembly } = this.store;
    for (const [position, id] of this.ids.entries()) {
      const row = newSubmission(assembly, { recipient: recipient(id), position }, this.time, SETTINGS);
      await this.submissions.create(row, this.time);
    }
    if (assembly.status !== 'queued') return;
    this.store.assembly = {
      ...this.store.assembly,
      status: 'processing',
      claim: 1,
      started_at: this.time.toISOString(),
      expanded_at: this.time.toISOString(),
    };
  }

  /** What the worker sends, through the schema of the route. */
  say(body: object): Promise<Assembly> {
    const assemblyId = this.store.assembly.assembly_id;
    return updateStatus({ assemblyId, sight: 'all' }, statusUpdate.parse(body), {
      store: this.store,
      submissions: this.submissions,
      files: new InMemoryFiles(),
      now: () => this.time,
      ...SETTINGS,
    });
  }

  report(results: readonly object[], status = 'processing'): Promise<Assembly> {
    return this.say({ status, submission_results: results });
  }

  get rows(): Submission[] {
    return this.submissions.table.of(this.store.assembly.assembly_id);
  }

  row(id: string): Submission | undefined {
    return this.rows.find(({ submission_id }) => submission_id === id);
  }
}
