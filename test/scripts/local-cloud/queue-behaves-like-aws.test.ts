import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import {
  batchesOf,
  behaviour,
  type ChildCloud,
  clientOptions,
  eventually,
  startChildCloud,
} from './child-cloud.ts';

const GUIDE = 'https://docs.aws.amazon.com/lambda/latest/dg';
const MAPPING = `${GUIDE}/with-sqs.html`;
const FAILURES = `${GUIDE}/services-sqs-errorhandling.html`;
const FILTERS = `${GUIDE}/with-sqs-filtering.html`;
const DEAD_LETTERS =
  'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html';

interface QueueRecord {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Record<string, string>;
  readonly [field: string]: unknown;
}

let cloud: ChildCloud;
let sqs: SQSClient;
beforeAll(async () => {
  cloud = await startChildCloud();
  sqs = new SQSClient(clientOptions(cloud, 'sqs'));
});
afterAll(async () => {
  sqs.destroy();
  await cloud.stop();
});

/** Sends them in one call, so that they come in one batch. */
async function send(...jobs: { id: string; [field: string]: unknown }[]): Promise<void> {
  const Entries = jobs.map((job, index) => ({
    Id: String(index),
    MessageBody: JSON.stringify({ kind: 'job', ...job }),
  }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: cloud.queues.Jobs, Entries }));
}

const idOf = ({ body }: QueueRecord): string => (JSON.parse(body) as { id: string }).id;
const receiveCount = ({ attributes }: QueueRecord): number => Number(attributes.ApproximateReceiveCount);
const batches = (): QueueRecord[][] => batchesOf<QueueRecord>(cloud, 'Fixture-Worker');

/** How often the function got this message: the receive counts, in order. */
const receivesOf = (id: string): number[] =>
  batches()
    .flat()
    .filter((record) => idOf(record) === id)
    .map(receiveCount);

async function counts(queue: string): Promise<{ waiting: number; inFlight: number }> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: cloud.queues[queue], AttributeNames: ['All'] }),
  );
  return {
    waiting: Number(Attributes?.ApproximateNumberOfMessages),
    inFlight: Number(Attributes?.ApproximateNumberOfMessagesNotVisible),
  };
}

const jobsQueueIsEmpty = (): Promise<true> =>
  eventually(async () => {
    const { waiting, inFlight } = await counts('Jobs');
    return waiting + inFlight === 0;
  });

/** Waits for a message in the dead-letter queue, and takes it. */
const buried = (id: string): Promise<true> =>
  eventually(async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: cloud.queues.Dead,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 0,
      }),
    );
    return Messages.some(({ Body }) => (JSON.parse(Body ?? '') as { id: string }).id === id);
  });

describe('the event', () => {
  behaviour('a record has the fields that Lambda gives', MAPPING, async () => {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: cloud.queues.Jobs,
        MessageBody: JSON.stringify({ kind: 'job', id: 'shape' }),
        MessageAttributes: { colour: { DataType: 'String', StringValue: 'red' } },
      }),
    );
    const record = await eventually(() =>
      batches()
        .flat()
        .find((each) => idOf(each) === 'shape'),
    );
    expect(record).toMatchObject({
      messageId: expect.any(String),
      receiptHandle: expect.any(String),
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d+$/),
        SenderId: expect.any(String),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d+$/),
      },
      messageAttributes: {
        colour: { stringValue: 'red', stringListValues: [], binaryListValues: [], dataType: 'String' },
      },
      md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:Fixture-Jobs',
      awsRegion: 'us-east-1',
    });
  });

  behaviour('messages that no filter matches are deleted and never seen', FILTERS, async () => {
    await sqs.send(
      new SendMessageCommand({ QueueUrl: cloud.queues.Jobs, MessageBody: '{"kind":"x","id":"no"}' }),
    );
    await sqs.send(new SendMessageCommand({ QueueUrl: cloud.queues.Jobs, MessageBody: 'no JSON at all' }));
    await send({ id: 'after-filtered' });
    await eventually(() => receivesOf('after-filtered').length === 1);
    await jobsQueueIsEmpty();
    expect(receivesOf('no')).toEqual([]);
    expect(await counts('Dead')).toEqual({ waiting: 0, inFlight: 0 }); // deleted, not refused until buried
  });
});

behaviour(
  'a queue is found by its name',
  'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html',
  async () => {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'Fixture-Jobs' }));
    expect(QueueUrl).toBe(cloud.queues.Jobs);
  },
);

describe('failures', () => {
  behaviour('only the reported messages come again', FAILURES, async () => {
    await send({ id: 'good' }, { id: 'bad', failsUntil: 2 });
    await eventually(() => receivesOf('bad').length === 2);
    await jobsQueueIsEmpty();
    expect(receivesOf('bad')).toEqual([1, 2]);
    expect(receivesOf('good')).toEqual([1]);
  });

  for (const [index, answer] of [
    null,
    {},
    { batchItemFailures: [] },
    { batchItemFailures: null },
  ].entries()) {
    behaviour(`the answer ${JSON.stringify(answer)} deletes the whole batch`, FAILURES, async () => {
      await send({ id: `done-${index}`, answer }, { id: `done-too-${index}` });
      await eventually(() => receivesOf(`done-${index}`).length === 1);
      await jobsQueueIsEmpty();
      expect([receivesOf(`done-${index}`), receivesOf(`done-too-${index}`)]).toEqual([[1], [1]]);
    });
  }

  // Both of the two receives that the queue allows fail, so the whole batch ends in the dead-letter queue. All
  // cases run at once, because each has to wait for two visibility timeouts.
  behaviour(
    'an answer of a bad shape or a throw fails the whole batch, again and then into the dead-letter queue',
    `${FAILURES}, ${DEAD_LETTERS}`,
    async () => {
      const answers = {
        throw: 'throw',
        empty: { batchItemFailures: [{ itemIdentifier: '' }] },
        missing: { batchItemFailures: [{}] },
        nil: { batchItemFailures: [{ itemIdentifier: null }] },
        stranger: { batchItemFailures: [{ itemIdentifier: 'unknown' }] },
        misspelt: { batchItemFailures: [{ itemIdentifer: 'x' }] },
      };
      const cases = Object.entries(answers);
      for (const [id, answer] of cases) await send({ id, answer }, { id: `${id}-companion`, answer });
      for (const [id] of cases) {
        await buried(id);
        await buried(`${id}-companion`);
        expect([id, receivesOf(id), receivesOf(`${id}-companion`)]).toEqual([id, [1, 2], [1, 2]]);
      }
    },
  );
});
