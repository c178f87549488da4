import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { createFaults } from '../../../scripts/local-cloud/faults.ts';
import {
  type LocalCloud,
  type LocalCloudOptions,
  startLocalCloud,
} from '../../../scripts/local-cloud/start-local-cloud.ts';
import { captureLine } from '../../captured-logs.ts';
import { batchesOf, eventually, FIXTURE } from './child-cloud.ts';

let cloud: LocalCloud;
let lines: string[];
const clients: { destroy(): void }[] = [];

async function start(options: Partial<LocalCloudOptions>): Promise<void> {
  lines = [];
  const log = (line: string): void => {
    lines.push(line);
    captureLine('local cloud with faults', line);
  };
  cloud = await startLocalCloud({ templateFile: FIXTURE, log, ...options });
}
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await cloud.stop();
});

type Key = LocalCloud['credentials'];

/** No retries, so that a test sees the fault. */
function made<Client extends { destroy(): void }>(
  Kind: new (options: object) => Client,
  service: keyof LocalCloud['endpoints'],
  credentials: Key,
): Client {
  const endpoint = cloud.endpoints[service];
  const client = new Kind({
    endpoint,
    credentials,
    region: 'us-east-1',
    maxAttempts: 1,
    forcePathStyle: true,
  });
  clients.push(client);
  return client;
}

/** The key of a function that may do everything. */
async function functionKey(): Promise<Key> {
  const environment = (await invoke('Other', { do: 'environment' })) as Record<string, string>;
  return {
    accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
  };
}

async function invoke(id: string, event: object): Promise<unknown> {
  const lambda = made(LambdaClient, 'lambda', cloud.credentials);
  const Payload = JSON.stringify(event);
  const output = await lambda.send(new InvokeCommand({ FunctionName: cloud.functions[id], Payload }));
  return JSON.parse(output.Payload?.transformToString() ?? '');
}

const outcomeOf = (sent: Promise<unknown>): Promise<string> =>
  sent.then(
    () => 'done',
    // jest's sandbox has an Error of its own, so the SDK wraps what comes from Node.
    ({ name, message }: Error) => (/socket hang up/.test(message) ? 'connection lost' : name),
  );

/** A write in each service, by somebody, and what came of it. */
async function writes(by: Key): Promise<Record<string, string>> {
  const sends = {
    dynamodb: made(DynamoDBClient, 'dynamodb', by).send(
      new PutItemCommand({ TableName: cloud.tables.Seen, Item: { pk: { S: 'x' } } }),
    ),
    sqs: made(SQSClient, 'sqs', by).send(
      new SendMessageCommand({ QueueUrl: cloud.queues.Discarded, MessageBody: 'x' }),
    ),
    s3: made(S3Client, 's3', by).send(
      new PutObjectCommand({ Bucket: cloud.buckets.Plain, Key: 'x', Body: 'x' }),
    ),
    secrets: made(SecretsManagerClient, 'secretsManager', by).send(
      new PutSecretValueCommand({ SecretId: 'Fixture-Secret', SecretString: 'x' }),
    ),
    lambda: made(LambdaClient, 'lambda', by).send(
      new InvokeCommand({ FunctionName: cloud.functions.Echo, Payload: '{"do":"log"}' }),
    ),
  };
  const outcomes = Object.entries(sends).map(async ([name, sent]) => [name, await outcomeOf(sent)]);
  return Object.fromEntries(await Promise.all(outcomes));
}

/** How far the writes of all services got. */
async function written(): Promise<Record<string, boolean>> {
  const by = cloud.credentials;
  const item = await made(DynamoDBClient, 'dynamodb', by).send(
    new GetItemCommand({ TableName: cloud.tables.Seen, Key: { pk: { S: 'x' } } }),
  );
  const { Messages } = await made(SQSClient, 'sqs', by).send(
    new ReceiveMessageCommand({ QueueUrl: cloud.queues.Discarded, VisibilityTimeout: 0 }),
  );
  const object = made(S3Client, 's3', by).send(
    new HeadObjectCommand({ Bucket: cloud.buckets.Plain, Key: 'x' }),
  );
  return {
    dynamodb: item.Item !== undefined,
    sqs: Messages !== undefined,
    s3: (await outcomeOf(object)) === 'done',
    secrets: cloud.secretValue('Secret') === 'x',
    lambda: lines.includes('Fixture-Echo: second'),
  };
}

const everywhere = <T>(value: T): Record<string, T> => ({
  dynamodb: value,
  sqs: value,
  s3: value,
  secrets: value,
  lambda: value,
});

test.each([
  [
    'throttle',
    {
      dynamodb: 'ProvisionedThroughputExceededException',
      sqs: 'RequestThrottled',
      s3: 'SlowDown',
      secrets: 'ThrottlingException',
      lambda: 'TooManyRequestsException',
    },
    false,
  ],
  [
    'serverError',
    {
      dynamodb: 'InternalServerError',
      sqs: 'InternalFailure',
      s3: 'InternalError',
      secrets: 'InternalServiceError',
      lambda: 'ServiceException',
    },
    false,
  ],
  ['dropAfterCommit', everywhere('connection lost'), true],
] as const)(
  '%s befalls the calls of functions, in each service as it would',
  async (kind, expected, commits) => {
    await start({ faults: { awsCallRate: 1, random: () => 0, kinds: [kind] } });
    expect(await writes(await functionKey())).toEqual(expected);
    // What a function said may come later than its answer.
    await eventually(async () => {
      expect(await written()).toEqual(everywhere(commits));
      return true;
    });
    expect(cloud.injectedFaults()).toEqual({ throttle: 0, serverError: 0, dropAfterCommit: 0, [kind]: 5 });
  },
);

test('nothing befalls the developer, or who uses a presigned URL', async () => {
  await start({ faults: { awsCallRate: 1, random: () => 0 } });
  expect(await writes(cloud.credentials)).toEqual(everywhere('done'));
  const signer = made(S3Client, 's3', await functionKey());
  const url = await getSignedUrl(signer, new GetObjectCommand({ Bucket: cloud.buckets.Plain, Key: 'x' }));
  expect((await fetch(url)).status).toBe(200);
  expect(cloud.injectedFaults()).toEqual({ throttle: 0, serverError: 0, dropAfterCommit: 0 });
});

test('as many calls fail as the rate says, each kind as often as the others', () => {
  let state = 1;
  // https://en.wikipedia.org/wiki/Lehmer_random_number_generator
  const random = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const faults = createFaults({ awsCallRate: 0.3, random });
  const principal = { kind: 'function', name: 'any', refusal: () => undefined } as const;
  for (let call = 0; call < 10_000; call++) faults.draw(principal);
  for (const count of Object.values(faults.injected)) expect(count / 10_000).toBeCloseTo(0.1, 1.5);
});

interface WorkerRecord {
  readonly messageId: string;
  readonly attributes: Readonly<Record<string, string>>;
}

test('each message comes twice, in turns after it was done with and at the same time', async () => {
  await start({ duplicateMessages: true });
  const sqs = made(SQSClient, 'sqs', cloud.credentials);
  await sqs.send(
    new SendMessageCommand({ QueueUrl: cloud.queues.Jobs, MessageBody: '{"kind":"job","id":"a"}' }),
  );
  const batches = await eventually(() => {
    const found = batchesOf<WorkerRecord>({ lines }, 'Fixture-Worker').flat();
    return found.length === 2 && found;
  });
  expect(batches.map(({ attributes }) => attributes.ApproximateReceiveCount)).toEqual(['1', '2']);
  expect(batches[1]?.messageId).toBe(batches[0]?.messageId);
  const MessageBody = '{"kind":"job","id":"b","sleepsOnce":5000}';
  await sqs.send(new SendMessageCommand({ QueueUrl: cloud.queues.Jobs, MessageBody }));
  await eventually(() => batchesOf({ lines }, 'Fixture-Worker').flat().length === 4);
  // The first of the two is still asleep.
  expect(await cloud.terminateRandomThread('Fixture-Worker')).toBe('Fixture-Worker');
  expect(cloud.duplicatedMessages()).toBe(2);
});

test('a thread that is ended fails its invocation, and the message comes again', async () => {
  await start({});
  expect(await cloud.terminateRandomThread()).toBeUndefined();
  const sqs = made(SQSClient, 'sqs', cloud.credentials);
  const MessageBody = '{"kind":"job","id":"a","sleepsOnce":900}';
  await sqs.send(new SendMessageCommand({ QueueUrl: cloud.queues.Jobs, MessageBody }));
  const records = (): WorkerRecord[] => batchesOf<WorkerRecord>({ lines }, 'Fixture-Worker').flat();
  await eventually(() => records().length === 1);
  expect(await cloud.terminateRandomThread('Fixture-Echo')).toBeUndefined();
  expect(await cloud.terminateRandomThread()).toBe('Fixture-Worker');
  await eventually(() => lines.some((line) => /^Fixture-Worker: Runtime.ExitError/.test(line)));
  await eventually(() => records().length === 2);
  expect(records()[1]?.attributes.ApproximateReceiveCount).toBe('2');
});
