import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { fromItem, toItem } from '../../lambdas/shared/assembly-item.ts';
import { fromRow, toRow } from '../../lambdas/shared/delivery-row.ts';
import { submissionOf } from '../../lambdas/shared/submission-store.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import type { Delivery } from '../../lib/domain/delivery.ts';
import { FAILURES_PREFIX } from '../../lib/domain/object-key.ts';
import type { Submission } from '../../lib/domain/submission.ts';
import type { QuietCloud } from './quiet-cloud.ts';
import { documentsOf } from './stored-assembly.ts';
import { putSubmission } from './stored-submissions.ts';

/** What the tests put into the stores of a quiet cloud, and find in them. */
export interface Stores {
  /** Over whatever is there. `spoil` are attributes as nobody writes them. */
  putAssembly(assembly: Assembly, spoil?: Readonly<Record<string, unknown>>): Promise<void>;
  assembly(assemblyId: string): Promise<Assembly | undefined>;
  removeAssembly(assemblyId: string): Promise<void>;
  putSubmission(row: Submission): Promise<void>;
  submission(key: Pick<Submission, 'assembly_id' | 'submission_id'>): Promise<Submission | undefined>;
  putDelivery(delivery: Delivery): Promise<void>;
  delivery(key: Pick<Delivery, 'endpoint_id' | 'event_id'>): Promise<Delivery | undefined>;
  /** Takes all messages that can be received from the queue. */
  takeMessages(queue: keyof QuietCloud['queues']): Promise<unknown[]>;
  /** True where the consumer has put the record aside. */
  isPutAside(consumer: string, id: string): Promise<boolean>;
  readonly documents: DynamoDBDocumentClient;
  close(): void;
}

export function storesOf(cloud: QuietCloud): Stores {
  const options = { region: 'us-east-1', credentials: cloud.credentials };
  const documents = documentsOf(cloud);
  const sqs = new SQSClient({ ...options, endpoint: cloud.endpoints.sqs });
  const s3 = new S3Client({ ...options, endpoint: cloud.endpoints.s3, forcePathStyle: true });
  const get = async (TableName: string, Key: object): Promise<Record<string, unknown> | undefined> =>
    (await documents.send(new GetCommand({ TableName, Key: { ...Key }, ConsistentRead: true }))).Item;
  return {
    documents,
    async putAssembly(assembly, spoil = {}) {
      const Item = { ...toItem(assembly), ...spoil };
      await documents.send(new PutCommand({ TableName: cloud.tables.jobs, Item }));
    },
    async assembly(assembly_id) {
      const item = await get(cloud.tables.jobs, { assembly_id });
      return item && fromItem(item);
    },
    async removeAssembly(assembly_id) {
      await documents.send(new DeleteCommand({ TableName: cloud.tables.jobs, Key: { assembly_id } }));
    },
    putSubmission: (row) => putSubmission(row, { documents, table: cloud.tables.submissions }),
    async submission({ assembly_id, submission_id }) {
      const item = await get(cloud.tables.submissions, { assembly_id, submission_id });
      return item && submissionOf(item);
    },
    async putDelivery(delivery) {
      await documents.send(new PutCommand({ TableName: cloud.tables.deliveries, Item: toRow(delivery) }));
    },
    async delivery({ endpoint_id, event_id }) {
      const row = await get(cloud.tables.deliveries, { endpoint_id, event_id });
      return row && fromRow(row);
    },
    takeMessages: (queue) => takeAll(sqs, cloud.queues[queue]),
    async isPutAside(consumer, id) {
      const Key = `${FAILURES_PREFIX}${consumer}/${id}.json`;
      return s3.send(new HeadObjectCommand({ Bucket: cloud.bucket, Key })).then(
        () => true,
        () => false,
      );
    },
    close() {
      for (const client of [documents, sqs, s3]) client.destroy();
    },
  };
}

async function takeAll(sqs: SQSClient, QueueUrl: string): Promise<unknown[]> {
  const bodies: unknown[] = [];
  for (;;) {
    const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 });
    const { Messages = [] } = await sqs.send(receive);
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body = '' }) => JSON.parse(Body)));
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    if (Messages.length < 10) return bodies;
  }
}
