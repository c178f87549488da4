import { randomUUID } from 'node:crypto';
import { type DynamoDBDocumentClient, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { SUBMISSIONS_KEY } from '../../lib/bindings.ts';
import type { Submission } from '../../lib/domain/submission.ts';
import { type Clock, systemClock } from './clock.ts';
import { jsonAttributes } from './json-attributes.ts';
import { patiently } from './patiently.ts';
import type { NewSubmission, SubmissionChange, SubmissionKey } from './submission-change.ts';
import { explainedWrite, updateExpressions, type VersionedOutcome } from './versioned-write.ts';

const json = jsonAttributes(['recipient', 'error'] satisfies readonly (keyof Submission)[]);

export const submissionOf = (item: Record<string, unknown>): Submission =>
  json.fromText(item) as unknown as Submission;

/** What a count reads of each row; DynamoDB bills the whole row all the same. */
const COUNTED = [
  'submission_id',
  'assembly_created_at',
  'status',
  'attempt',
  'version',
  'error',
] as const satisfies readonly (keyof Submission)[];
export type CountedSubmission = Pick<Submission, (typeof COUNTED)[number]>;

export interface SubmissionsPage {
  readonly submissions: readonly Submission[];
  /** The id after which the next page begins; undefined at the end. */
  readonly next: string | undefined;
}

interface SubmissionStoreOptions {
  readonly newWriter?: () => string;
  readonly clock?: Pick<Clock, 'pause'>;
}

/**
 * The submissions table. Every write is conditional, adds 1 to `version`, and explains its refusal without another read. All
 * rows of an assembly lie in one partition, which takes a thousand write units a second: where they come faster, they wait.
 */
export class SubmissionStore {
  private readonly client: DynamoDBDocumentClient;
  private readonly table: string;
  private readonly newWriter: () => string;
  private readonly clock: Pick<Clock, 'pause'>;

  constructor(
    client: DynamoDBDocumentClient,
    table: string,
    { newWriter = randomUUID, clock = systemClock }: SubmissionStoreOptions = {},
  ) {
    this.client = client;
    this.table = table;
    this.newWriter = newWriter;
    this.clock = clock;
  }

  /** Writes a new submission, or over one of an assembly that is gone. */
  async create(submission: NewSubmission, now: Date): Promise<VersionedOutcome<Submission>> {
    const created: Submission = {
      ...submission,
      version: 1,
      updated_at: now.toISOString(),
      last_writer: this.newWriter(),
    };
    return explainedWrite(created.last_writer, submissionOf, async () => {
      const put = () =>
        this.client.send(
          new PutCommand({
            TableName: this.table,
            Item: json.toText(created as unknown as Record<string, unknown>),
            ConditionExpression: 'attribute_not_exists(assembly_id) OR assembly_created_at <> :life',
            ExpressionAttributeValues: { ':life': submission.assembly_created_at },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
      await patiently(put, this.clock);
      return created;
    });
  }

  async change(
    { assembly_id, submission_id }: SubmissionKey,
    { from, dueBy, set, remove = [], ...fences }: SubmissionChange,
    now: Date,
  ): Promise<VersionedOutcome<Submission>> {
    const writer = this.newWriter();
    const written = json.toText({ ...set, updated_at: now.toISOString(), last_writer: writer });
    return explainedWrite(writer, submissionOf, async () => {
      const update = () =>
        this.client.send(
          new UpdateCommand({
            TableName: this.table,
            Key: { assembly_id, submission_id },
            ...updateExpressions({
              from,
              fences: defined(fences),
              set: defined(written),
              remove,
              ...(dueBy && {
                and: {
                  condition: '(attribute_not_exists(next_retry_at) OR next_retry_at <= :due_by)',
                  values: { ':due_by': dueBy.toISOString() },
                },
              }),
            }),
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
      const { Attributes = {} } = await patiently(update, this.clock);
      return submissionOf(Attributes);
    });
  }

  /** A page of the submissions of an assembly, by id. */
  async page(
    assemblyId: string,
    { limit, after, consistent = false }: { limit: number; after?: string; consistent?: boolean },
  ): Promise<SubmissionsPage> {
    const { Items = [], LastEvaluatedKey } = await this.client.send(
      new QueryCommand({
        ...this.ofAssembly(assemblyId, after),
        Limit: limit,
        ConsistentRead: consistent,
      }),
    );
    return { submissions: Items.map(submissionOf), next: lastIdOf(LastEvaluatedKey) };
  }

  /** All submissions of an assembly as they are now, by id: whole. */
  async *all(assemblyId: string): AsyncGenerator<Submission> {
    for await (const item of this.rows(assemblyId, {})) yield submissionOf(item);
  }

  /** The same, but only what a count needs of each. */
  async *counted(assemblyId: string): AsyncGenerator<CountedSubmission> {
    const projection = {
      ProjectionExpression: COUNTED.map((name) => `#${name}`).join(', '),
      ExpressionAttributeNames: Object.fromEntries(COUNTED.map((name) => [`#${name}`, name])),
    };
    for await (const item of this.rows(assemblyId, projection)) yield submissionOf(item);
  }

  private async *rows(
    assemblyId: string,
    projection: Readonly<Record<string, unknown>>,
  ): AsyncGenerator<Record<string, unknown>> {
    let after: string | undefined;
    do {
      const query = new QueryCommand({
        ...this.ofAssembly(assemblyId, after),
        ...projection,
        ConsistentRead: true,
      });
      const { Items = [], LastEvaluatedKey } = await patiently(() => this.client.send(query), this.clock);
      yield* Items;
      after = lastIdOf(LastEvaluatedKey);
    } while (after !== undefined);
  }

  private ofAssembly(assemblyId: string, after: string | undefined) {
    return {
      TableName: this.table,
      KeyConditionExpression: `${SUBMISSIONS_KEY.partition} = :assembly`,
      ExpressionAttributeValues: { ':assembly': assemblyId },
      ...(after !== undefined && {
        ExclusiveStartKey: { [SUBMISSIONS_KEY.partition]: assemblyId, [SUBMISSIONS_KEY.sort]: after },
      }),
    };
  }
}

const lastIdOf = (key: Record<string, unknown> | undefined): string | undefined =>
  key && String(key[SUBMISSIONS_KEY.sort]);

const defined = (record: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
