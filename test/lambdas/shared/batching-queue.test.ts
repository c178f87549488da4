import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { BatchingQueue } from '../../../lambdas/shared/batching-queue.ts';
import { isTransientError } from '../../../lambdas/shared/transient-error.ts';
import { eventually, LOCAL_AWS, localWaybill } from '../../local-cloud.ts';

interface Message {
  readonly n: number;
  readonly text?: string;
}

let sqs: SQSClient;
let url: string;
/** The batches that were sent, as they were. */
let batches: SendMessageBatchCommand['input'][];

beforeEach(async () => {
  sqs = new SQSClient({ ...LOCAL_AWS, endpoint: localWaybill().sqs_endpoint });
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `test-${randomUUID()}` }));
  url = QueueUrl;
  batches = [];
  sqs.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === SendMessageBatchCommand.name)
          batches.push(args.input as SendMessageBatchCommand['input']);
        return next(args);
      },
    { step: 'initialize', name: 'noteBatches' },
  );
});

afterEach(async () => {
  await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
  sqs.destroy();
});

const queue = (): BatchingQueue<Message> => new BatchingQueue<Message>(sqs, url);

async function received(count: number): Promise<Message[]> {
  const found: Message[] = [];
  return eventually(async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }),
    );
    found.push(...Messages.map(({ Body = '' }) => JSON.parse(Body)));
    return found.length >= count ? found : undefined;
  }, `${count} messages`);
}

/** Answers these entries of a batch as SQS does where it refuses them. */
function refuse(
  failures: Readonly<Record<number, { readonly Code: string; readonly SenderFault: boolean }>>,
) {
  sqs.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const answer = await next(args);
        if (commandName !== SendMessageBatchCommand.name) return answer;
        const Failed = Object.entries(failures).map(([Id, failure]) => ({ Id, ...failure }));
        return { ...answer, output: { ...answer.output, Failed } as typeof answer.output };
      },
    { step: 'initialize', name: 'refuse', priority: 'high' },
  );
}

test('25 that are sent at once go in three requests, and all arrive', async () => {
  const sending = queue();
  await Promise.all(Array.from({ length: 25 }, (_, n) => sending.send({ n })));
  expect(batches.map(({ Entries = [] }) => Entries.length)).toEqual([10, 10, 5]);
  const numbers = (await received(25)).map(({ n }) => n).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 25 }, (_, n) => n));
});

test('those that are sent one after the other do not wait for each other', async () => {
  const sending = queue();
  await sending.send({ n: 1 });
  await sending.send({ n: 2 });
  expect(batches).toHaveLength(2);
});

test('each keeps its delay and its group', async () => {
  const sending = queue();
  await Promise.all([
    sending.send({ n: 0 }),
    sending.send({ n: 1 }, { delaySeconds: 1, group: 'one' }),
    sending.send({ n: 2 }, { group: 'two' }),
  ]);
  expect(batches[0]?.Entries).toEqual([
    { Id: '0', MessageBody: '{"n":0}' },
    { Id: '1', MessageBody: '{"n":1}', DelaySeconds: 1, MessageGroupId: 'one' },
    { Id: '2', MessageBody: '{"n":2}', MessageGroupId: 'two' },
  ]);
  // The one with a delay is the last.
  expect((await received(3)).at(-1)).toEqual({ n: 1 });
});

test('one that is refused is heard of by its sender alone, who can tell whether it may pass', async () => {
  refuse({
    3: { Code: 'InternalError', SenderFault: false },
    14: { Code: 'InvalidMessageContents', SenderFault: true },
  });
  const sending = queue();
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => sending.send({ n })));
  const reasons = outcomes.flatMap((outcome, n) =>
    outcome.status === 'rejected' ? [[n, outcome.reason]] : [],
  );
  expect(reasons).toEqual([[3, expect.objectContaining({ name: 'InternalError' })]]);
  expect(isTransientError(reasons[0]?.[1])).toBe(true);
});

test.each([
  [{ Code: 'InternalError', SenderFault: false }, true],
  [{ Code: 'RequestThrottled', SenderFault: true }, true],
  [{ Code: 'InvalidMessageContents', SenderFault: true }, false],
])('%j may pass: %p', async (failure, transient) => {
  refuse({ 0: failure });
  const error = await queue()
    .send({ n: 0 })
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: failure.Code });
  expect(isTransientError(error)).toBe(transient);
});

test('a call that fails is heard of by all who were in it', async () => {
  const nowhere = new BatchingQueue<Message>(sqs, `${url}-gone`);
  const outcomes = await Promise.allSettled([nowhere.send({ n: 1 }), nowhere.send({ n: 2 })]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test('after a failure the next ones are sent', async () => {
  const sending = queue();
  refuse({ 0: { Code: 'InternalError', SenderFault: false } });
  await expect(sending.send({ n: 1 })).rejects.toThrow('InternalError');
  sqs.middlewareStack.remove('refuse');
  await sending.send({ n: 2 });
});
