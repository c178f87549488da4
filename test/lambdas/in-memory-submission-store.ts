import { randomUUID } from 'node:crypto';
import type {
  NewSubmission,
  SubmissionChange,
  SubmissionKey,
} from '../../lambdas/shared/submission-change.ts';
import type { SubmissionStore, SubmissionsPage } from '../../lambdas/shared/submission-store.ts';
import type { VersionedOutcome } from '../../lambdas/shared/versioned-write.ts';
import type { Submission } from '../../lib/domain/submission.ts';
import { InMemorySubmissionsTable } from './in-memory-submissions-table.ts';
import { direct, type Transport } from './transport.ts';

/** The store of submissions on a table in memory, held to the same contract as the one on DynamoDB. */
export class InMemorySubmissionStore
  implements Pick<SubmissionStore, 'create' | 'change' | 'page' | 'all' | 'counted'>
{
  readonly table: InMemorySubmissionsTable;
  private readonly transport: Transport;
  private readonly newWriter: () => string;
  private readonly pageSize: number;

  /** @param options.pageSize after how many rows a query of all has to go on with another call */
  constructor({
    table = new InMemorySubmissionsTable(),
    transport = direct,
    newWriter = randomUUID,
    pageSize = Number.POSITIVE_INFINITY,
  }: {
    table?: InMemorySubmissionsTable;
    transport?: Transport;
    newWriter?: () => string;
    pageSize?: number;
  } = {}) {
    this.table = table;
    this.transport = transport;
    this.newWriter = newWriter;
    this.pageSize = pageSize;
  }

  async create(submission: NewSubmission, now: Date): Promise<VersionedOutcome<Submission>> {
    const writer = this.newWriter();
    const put = () => this.table.put(submission, { writer, now });
    return explained(writer, await this.transport('submissions.create', put));
  }

  async change(
    key: SubmissionKey,
    change: SubmissionChange,
    now: Date,
  ): Promise<VersionedOutcome<Submission>> {
    const writer = this.newWriter();
    const update = () => this.table.update(key, change, { writer, now });
    return explained(writer, await this.transport('submissions.change', update));
  }

  async page(
    assemblyId: string,
    { limit, after }: { limit: number; after?: string | undefined },
  ): Promise<SubmissionsPage> {
    const rows = await this.transport('submissions.page', () => this.table.of(assemblyId));
    const rest = rows.filter(({ submission_id }) => after === undefined || submission_id > after);
    const submissions = rest.slice(0, limit);
    return {
      submissions,
      next: submissions.length === limit ? submissions.at(-1)?.submission_id : undefined,
    };
  }

  async *all(assemblyId: string): AsyncGenerator<Submission> {
    let after: string | undefined;
    do {
      const page = await this.page(assemblyId, { limit: this.pageSize, after });
      yield* page.submissions;
      after = page.next;
    } while (after !== undefined);
  }

  counted(assemblyId: string): AsyncGenerator<Submission> {
    return this.all(assemblyId);
  }
}

/** As the real one does: a refusal by its own write is success. */
const explained = (writer: string, { item }: VersionedOutcome<Submission>): VersionedOutcome<Submission> =>
  item?.last_writer === writer ? { written: true, item } : { written: false, item };
