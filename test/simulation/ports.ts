import type { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { AssemblyStore } from '../../lambdas/shared/assembly-store.ts';
import { BatchingQueue } from '../../lambdas/shared/batching-queue.ts';
import { FailureStore } from '../../lambdas/shared/failure-store.ts';
import type { MessageQueue } from '../../lambdas/shared/message-queue.ts';
import type { TallyMessage } from '../../lambdas/shared/tally-message.ts';
import type { WebhookAnswer, WebhookRequest } from '../../lambdas/webhook-dispatcher/post-webhook.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import type { DeliveryMessage } from '../../lib/domain/delivery.ts';
import type { JobMessage } from '../../lib/domain/events.ts';
import type { SubmissionMessage } from '../../lib/domain/submission.ts';
import type { TemplateRegistry } from '../../lib/domain/template-registry.ts';
import { InMemoryAssemblyStore } from '../lambdas/in-memory-assembly-store.ts';
import type { InMemoryDeliveriesTable } from '../lambdas/in-memory-deliveries-table.ts';
import { InMemoryDeliveryStore } from '../lambdas/in-memory-delivery-store.ts';
import { type FileObjects, InMemoryFiles } from '../lambdas/in-memory-files.ts';
import type { InMemoryJobsTable } from '../lambdas/in-memory-jobs-table.ts';
import { InMemoryRateLimitStore, type RateLimitRow } from '../lambdas/in-memory-rate-limit-store.ts';
import { InMemorySubmissionStore } from '../lambdas/in-memory-submission-store.ts';
import type { InMemorySubmissionsTable } from '../lambdas/in-memory-submissions-table.ts';
import type { Transport } from '../lambdas/transport.ts';
import type { Invocation, Platform } from './invocation.ts';
import { templatesFor } from './job-templates.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { Receiver } from './receiver.ts';
import type { SimulatedQueue } from './simulated-queue.ts';

/** What all invocations share: what is stored, and who is outside. */
export interface Cloud extends Platform {
  readonly table: InMemoryJobsTable;
  /** What each assembly was before its last write. */
  readonly previous: Map<string, Assembly | undefined>;
  readonly deliveries: InMemoryDeliveriesTable;
  readonly objects: FileObjects;
  readonly jobs: SimulatedQueue;
  readonly webhooks: SimulatedQueue;
  readonly uploads: SimulatedQueue;
  readonly jobsDeadLetters: SimulatedQueue;
  readonly submissionRows: InMemorySubmissionsTable;
  /** What one call of a query gives of them: several calls for most lists, so that rows change in between. */
  readonly rowsPerPage: number;
  readonly rateLimitRows: Map<string, RateLimitRow>;
  readonly submissions: SimulatedQueue;
  readonly submissionsDeadLetters: SimulatedQueue;
  readonly tally: SimulatedQueue;
  readonly mailboxes: Mailboxes;
  readonly receivers: readonly Receiver[];
}

/** Through what the code of one invocation reaches everything outside it. */
export interface Ports {
  readonly invocation: Invocation;
  readonly random: () => number;
  readonly store: Pick<AssemblyStore, 'get' | 'create' | 'change' | 'overdue'>;
  readonly deliveries: InMemoryDeliveryStore;
  readonly files: InMemoryFiles;
  readonly jobs: Pick<MessageQueue<JobMessage>, 'send'>;
  readonly webhooks: Pick<MessageQueue<DeliveryMessage>, 'send'>;
  readonly submissions: InMemorySubmissionStore;
  readonly submissionsQueue: Pick<MessageQueue<SubmissionMessage>, 'send'>;
  readonly tallyQueue: Pick<MessageQueue<TallyMessage>, 'send'>;
  readonly rateLimits: InMemoryRateLimitStore;
  readonly failures: FailureStore;
  /** Whoever works in ticks of its own says so: the next resumption waits for those. */
  awaitTicks(): void;
  /** What the steps do while this invocation runs them. */
  templates(): TemplateRegistry;
  post(request: WebhookRequest): Promise<WebhookAnswer>;
}

export function portsOf(invocation: Invocation, cloud: Cloud): Ports {
  const { transport, newWriter } = invocation;
  const byQuery: Transport = (call, operation) => skipEmpty(call, operation, transport, cloud);
  const { random, scheduler, table, deliveries, objects, jobs, webhooks, receivers, mailboxes } = cloud;
  return {
    invocation,
    random: random.next,
    store: storeOf(
      new InMemoryAssemblyStore({}, { table, transport: byQuery, newWriter }),
      invocation,
      cloud,
    ),
    deliveries: new InMemoryDeliveryStore(deliveries, { transport: byQuery, newHolder: newWriter }),
    files: filesOf(invocation, cloud),
    jobs: senderTo(jobs, invocation),
    webhooks: senderTo(webhooks, invocation),
    submissions: new InMemorySubmissionStore({
      table: cloud.submissionRows,
      transport,
      newWriter,
      pageSize: cloud.rowsPerPage,
    }),
    submissionsQueue: batchingSenderTo(cloud.submissions, invocation, cloud),
    tallyQueue: senderTo(cloud.tally, invocation),
    rateLimits: new InMemoryRateLimitStore(cloud.rateLimitRows, transport),
    awaitTicks: () => scheduler.awaitTicks(),
    failures: new FailureStore(failuresBucket(invocation, objects), 'files'),
    templates: () => templatesFor({ invocation, random, mailboxes }),
    async post(request) {
      const receiver = receivers.find(({ url }) => url === request.url);
      return receiver ? receiver.post(request, invocation) : { error: 'getaddrinfo ENOTFOUND' };
    },
  };
}

/** So long after a write a read that is not consistent may still show what was there before. */
const REPLICATION_MS = 1_000;

const storeOf = (
  store: InMemoryAssemblyStore,
  invocation: Invocation,
  { faults, scheduler, previous }: Cloud,
): Ports['store'] => ({
  async get(assemblyId, { consistent }) {
    const assembly = await store.get(assemblyId);
    const isFresh = assembly && scheduler.ms - Date.parse(assembly.updated_at) < REPLICATION_MS;
    if (consistent || !isFresh || !faults.happens('stale read', invocation.id)) return assembly;
    return previous.get(assemblyId);
  },
  create: (...of) => store.create(...of),
  change: (...of) => store.change(...of),
  overdue: (...of) => store.overdue(...of),
});

/** Of the 32 shards that a sweep asks for, nearly all are empty: only a few of those are worth a suspension. */
const EMPTY_QUERIES_SUSPENDED = 0.1;

async function skipEmpty<T>(
  call: string,
  operation: () => T,
  transport: Transport,
  { random }: Cloud,
): Promise<T> {
  if (call !== 'jobs.overdue' && call !== 'deliveries.due') return transport(call, operation);
  const found = operation();
  const isEmpty = Array.isArray(found) && found.length === 0;
  return isEmpty && !random.chance(EMPTY_QUERIES_SUSPENDED) ? found : transport(call, operation);
}

function filesOf({ transport }: Invocation, { objects, scheduler }: Cloud): InMemoryFiles {
  const files = new InMemoryFiles(objects, transport);
  const read = files.read.bind(files);
  files.read = async (key) => {
    const body = await read(key);
    scheduler.awaitTicks();
    return body;
  };
  return files;
}

const senderTo = <Message extends object>(
  queue: SimulatedQueue,
  { transport }: Invocation,
): Pick<MessageQueue<Message>, 'send'> => ({
  send: (message, { delaySeconds } = {}) =>
    transport(`${queue.name}.send`, () => queue.send(JSON.stringify(message), delaySeconds)),
});

/** The real one, on an SQS that takes ten at once. */
function batchingSenderTo(
  queue: SimulatedQueue,
  { transport, id }: Invocation,
  { scheduler, faults }: Cloud,
): Pick<MessageQueue<SubmissionMessage>, 'send'> {
  const client = {
    send: ({ input: { Entries = [] } }: SendMessageBatchCommand) =>
      transport(`${queue.name}.send`, () => ({
        Failed: Entries.filter(({ MessageBody = '', DelaySeconds }) => {
          const isRefused = Entries.length > 1 && faults.happens('part of a batch refused', id);
          if (!isRefused) queue.send(MessageBody, DelaySeconds);
          return isRefused;
        }).map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
      })),
  } as unknown as SQSClient;
  const batching = new BatchingQueue<SubmissionMessage>(client, queue.name);
  return {
    send(message, options) {
      scheduler.awaitTicks();
      return batching.send(message, options);
    },
  };
}

const failuresBucket = ({ transport }: Invocation, objects: FileObjects): S3Client =>
  ({
    send: ({ input: { Key = '', Body } }: PutObjectCommand) =>
      transport('failures.keep', () => objects.set(Key, { bytes: Buffer.from(String(Body)) })),
  }) as unknown as S3Client;
