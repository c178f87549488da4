import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { DELIVERIES_INDEXES, OPEN_INDEX } from '../../lib/bindings.ts';
import { FAILURES_PREFIX } from '../../lib/domain/object-key.ts';
import type { Status } from '../../lib/domain/state-machine.ts';
import type { LocalWaybill } from '../local-waybill.ts';
import type { DeadLetter } from './facts.ts';

export interface StoredJob {
  readonly assembly_id: string;
  readonly status: Status;
  readonly attempt: number;
  readonly version: number;
  readonly claim: number;
}

/** What no user sees: tables, queues and the bucket, with the developer's key. */
export class Backstage {
  private readonly local: LocalWaybill;
  private readonly documents: DynamoDBDocumentClient;
  private readonly sqs: SQSClient;
  private readonly s3: S3Client;
  private readonly lambda: LambdaClient;

  constructor(local: LocalWaybill) {
    this.local = local;
    const aws = { region: 'us-east-1', credentials: local.credentials };
    this.documents = DynamoDBDocumentClient.from(
      new DynamoDBClient({ ...aws, endpoint: local.dynamodb_endpoint }),
    );
    this.sqs = new SQSClient({ ...aws, endpoint: local.sqs_endpoint });
    this.s3 = new S3Client({ ...aws, endpoint: local.s3_endpoint, forcePathStyle: true });
    this.lambda = new LambdaClient({ ...aws, endpoint: local.lambda_endpoint });
  }

  async jobs(): Promise<StoredJob[]> {
    return this.scan<StoredJob>({
      TableName: this.local.tables.jobs,
      ProjectionExpression: 'assembly_id, #status, attempt, version, claim',
      ExpressionAttributeNames: { '#status': 'status' },
    });
  }

  /** Ids in the index of open assemblies. */
  async open(): Promise<string[]> {
    const rows = await this.scan<{ assembly_id: string }>({
      TableName: this.local.tables.jobs,
      IndexName: OPEN_INDEX.name,
    });
    return rows.map(({ assembly_id }) => assembly_id);
  }

  /** How many deliveries there are, and how many of them are still due. */
  async deliveries(): Promise<{ readonly all: number; readonly due: number }> {
    const TableName = this.local.tables.deliveries;
    const [all, due] = await Promise.all([
      this.scan({ TableName, ProjectionExpression: 'event_id' }),
      this.scan({ TableName, IndexName: DELIVERIES_INDEXES.due.name }),
    ]);
    return { all: all.length, due: due.length };
  }

  /**
   * Lets the time come at which `sweep` takes a webhook's message for lost, and calls it: where the dispatcher dies after it
   * noted an attempt and before it sent the next message, that is five minutes away, more than the run has.
   * @returns how many deliveries waited for that
   */
  async bringForward(): Promise<number> {
    const rows = await this.scan<Record<'endpoint_id' | 'event_id', string>>({
      TableName: this.local.tables.deliveries,
      IndexName: DELIVERIES_INDEXES.due.name,
    });
    for (const { endpoint_id, event_id } of rows)
      await this.documents.send(
        new UpdateCommand({
          TableName: this.local.tables.deliveries,
          Key: { endpoint_id, event_id },
          UpdateExpression: 'SET #due = :now',
          ExpressionAttributeNames: { '#due': DELIVERIES_INDEXES.due.sort },
          ExpressionAttributeValues: { ':now': new Date().toISOString() },
        }),
      );
    if (rows.length > 0)
      await this.lambda.send(new InvokeCommand({ FunctionName: this.local.functions.sweep }));
    return rows.length;
  }

  /** Messages by queue, hidden and delayed ones included. */
  async queues(): Promise<Record<keyof LocalWaybill['queues'], number>> {
    const counts = Object.entries(this.local.queues).map(async ([name, QueueUrl]) => {
      const { Attributes = {} } = await this.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      );
      const numbers = ['', 'NotVisible', 'Delayed'].map(
        (kind) => Number(Attributes[`ApproximateNumberOfMessages${kind}` as keyof typeof Attributes]) || 0,
      );
      return [name, numbers.reduce((sum, number) => sum + number, 0)] as const;
    });
    return Object.fromEntries(await Promise.all(counts)) as Record<keyof LocalWaybill['queues'], number>;
  }

  async deadLetters(): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for (const [queue, QueueUrl] of Object.entries(this.local.queues)) {
      if (!queue.endsWith('_dead_letters')) continue;
      for (;;) {
        const { Messages = [] } = await this.sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 300 }),
        );
        if (Messages.length === 0) break;
        letters.push(...Messages.map(({ Body = '' }) => ({ queue, assemblyId: idIn(Body) })));
      }
    }
    return letters;
  }

  /** Keys of what consumers have put aside. */
  async putAside(): Promise<string[]> {
    const keys: string[] = [];
    const pages = paginateListObjectsV2(
      { client: this.s3 },
      { Bucket: this.local.buckets.files, Prefix: FAILURES_PREFIX },
    );
    for await (const { Contents = [] } of pages) keys.push(...Contents.map(({ Key = '' }) => Key));
    return keys;
  }

  stop(): void {
    for (const client of [this.documents, this.sqs, this.s3, this.lambda]) client.destroy();
  }

  private async scan<Row>(input: Parameters<typeof paginateScan>[1]): Promise<Row[]> {
    const rows: Row[] = [];
    for await (const { Items = [] } of paginateScan({ client: this.documents }, input))
      rows.push(...(Items as Row[]));
    return rows;
  }
}

/** A job message names its assembly, a delivery's is in the id of its endpoint, an upload's in its key. */
const idIn = (body: string): string | undefined => /[0-9a-f]{64}/.exec(body)?.[0];
