import {
  BatchGetItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { behaviour, type ChildCloud, clientOptions, eventually, startChildCloud } from './child-cloud.ts';
import { outcomeOf } from './s3-target.ts';

const IAM = 'https://docs.aws.amazon.com/IAM/latest/UserGuide';
const DENIED = `${IAM}/troubleshoot_access-denied.html`;
const EVALUATION = `${IAM}/reference_policies_evaluation-logic.html`;
const AUTHORIZATION = 'https://docs.aws.amazon.com/service-authorization/latest/reference';
const DYNAMODB = `${AUTHORIZATION}/list_amazondynamodb.html`;
const SQS = `${AUTHORIZATION}/list_amazonsqs.html`;
const S3 = `${AUTHORIZATION}/list_amazons3.html`;
const TRANSACTIONS =
  'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html';
const HEAD_OBJECT = 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html';
const PRESIGNED = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html';
const DYNAMODB_ERRORS =
  'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html';
const SQS_ERRORS = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html';
const LAMBDA_ERRORS = 'https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html';
const LOGS = 'https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html';

interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly secrets: SecretsManagerClient;
  readonly lambda: LambdaClient;
}

type Key = ChildCloud['credentials'];

let cloud: ChildCloud;
/** With the key of the function `Limited`, whose role allows a little of everything. */
let limited: Clients;
let developer: Clients;
const clients: Clients[] = [];

beforeAll(async () => {
  cloud = await startChildCloud();
  developer = clientsWith(cloud.credentials);
  const { Payload } = await developer.lambda.send(
    new InvokeCommand({ FunctionName: cloud.functions.Limited, Payload: '{"do":"environment"}' }),
  );
  const environment = JSON.parse(Payload?.transformToString() ?? '');
  limited = clientsWith({
    accessKeyId: environment.AWS_ACCESS_KEY_ID,
    secretAccessKey: environment.AWS_SECRET_ACCESS_KEY,
  });
});
afterAll(async () => {
  for (const client of clients.flatMap((each) => Object.values(each))) client.destroy();
  await cloud.stop();
});

function clientsWith(credentials: Key): Clients {
  const options = (service: keyof ChildCloud['endpoints']) => ({
    ...clientOptions({ ...cloud, credentials }, service),
    maxAttempts: 1,
  });
  const made = {
    dynamodb: new DynamoDBClient(options('dynamodb')),
    sqs: new SQSClient(options('sqs')),
    s3: new S3Client({ ...options('s3'), forcePathStyle: true }),
    secrets: new SecretsManagerClient(options('secretsManager')),
    lambda: new LambdaClient(options('lambda')),
  };
  clients.push(made);
  return made;
}

/** What a refused call throws. */
async function refusalOf(
  sent: Promise<unknown>,
): Promise<{ name: string; status?: number; message: string }> {
  const error = await sent.then(
    () => {
      throw new Error('it was allowed');
    },
    (thrown: Error & { $metadata?: { httpStatusCode?: number } }) => thrown,
  );
  if (!error.$metadata) throw error;
  return { name: error.name, status: error.$metadata.httpStatusCode, message: error.message };
}

const USER = 'arn:aws:sts::000000000000:assumed-role/Fixture-LimitedRole/Fixture-Limited';
const tableArn = (id: string): string => `arn:aws:dynamodb:us-east-1:000000000000:table/Fixture-${id}`;
const unmentioned = (action: string, resource: string): string =>
  `User: ${USER} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy ` +
  `allows the ${action} action`;
const pk = { pk: { S: 'one' } };
const table = (id: string) => ({ TableName: cloud.tables[id] });

describe('DynamoDB', () => {
  behaviour(
    'what a policy allows is done, wildcards and letter case of actions included',
    DYNAMODB,
    async () => {
      const { dynamodb } = limited;
      await dynamodb.send(new PutItemCommand({ ...table('Items'), Item: { ...pk, kind: { S: 'a' } } }));
      expect((await dynamodb.send(new GetItemCommand({ ...table('Items'), Key: pk }))).Item).toMatchObject(
        pk,
      );
      await dynamodb.send(new PutItemCommand({ ...table('Seen'), Item: pk }));
      await dynamodb.send(new ScanCommand(table('Seen')));
    },
  );

  behaviour('what no policy allows is AccessDeniedException', `${DENIED}, ${DYNAMODB_ERRORS}`, async () => {
    expect(
      await refusalOf(limited.dynamodb.send(new DeleteItemCommand({ ...table('Items'), Key: pk }))),
    ).toEqual({
      name: 'AccessDeniedException',
      status: 400,
      message: unmentioned('dynamodb:DeleteItem', tableArn('Items')),
    });
  });

  behaviour('an explicit deny wins', EVALUATION, async () => {
    const { message } = await refusalOf(
      limited.dynamodb.send(new DeleteItemCommand({ ...table('Seen'), Key: pk })),
    );
    expect(message).toBe(
      `User: ${USER} is not authorized to perform: dynamodb:DeleteItem on resource: ${tableArn('Seen')} with an ` +
        'explicit deny in an identity-based policy',
    );
  });

  behaviour('an index is a resource of its own', DYNAMODB, async () => {
    const query = (IndexName?: string) =>
      limited.dynamodb.send(
        new QueryCommand({
          ...table('Items'),
          IndexName,
          KeyConditionExpression: `${IndexName ? 'kind' : 'pk'} = :x`,
          ExpressionAttributeValues: { ':x': { S: 'none' } },
        }),
      );
    expect((await query('by-kind')).Count).toBe(0);
    expect((await refusalOf(query())).message).toBe(unmentioned('dynamodb:Query', tableArn('Items')));
  });

  behaviour('a batch is refused if one of its tables is', DYNAMODB, async () => {
    const read = (...ids: string[]) =>
      limited.dynamodb.send(
        new BatchGetItemCommand({
          RequestItems: Object.fromEntries(ids.map((id) => [cloud.tables[id] ?? id, { Keys: [pk] }])),
        }),
      );
    await read('Items', 'Seen');
    expect((await refusalOf(read('Items', 'Nothing'))).message).toBe(
      unmentioned('dynamodb:BatchGetItem', 'arn:aws:dynamodb:us-east-1:000000000000:table/Nothing'),
    );
  });

  behaviour('each part of a transaction needs its own action', TRANSACTIONS, async () => {
    const Put = { ...table('Items'), Item: { pk: { S: 'two' } } };
    await limited.dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] }));
    const Delete = { ...table('Items'), Key: pk };
    const both = new TransactWriteItemsCommand({ TransactItems: [{ Put }, { Delete }] });
    expect((await refusalOf(limited.dynamodb.send(both))).message).toBe(
      unmentioned('dynamodb:DeleteItem', tableArn('Items')),
    );
  });
});

describe('SQS', () => {
  behaviour('sending is allowed on the queue of the policy only', `${SQS}, ${DENIED}`, async () => {
    const send = (id: string) =>
      limited.sqs.send(new SendMessageCommand({ QueueUrl: cloud.queues[id], MessageBody: 'x' }));
    await send('Discarded');
    expect(await refusalOf(send('Dead'))).toEqual({
      name: 'AccessDenied',
      status: 403,
      message: unmentioned('sqs:sendmessage', 'arn:aws:sqs:us-east-1:000000000000:Fixture-Dead'),
    });
  });

  behaviour('a batch needs the action of its parts', SQS, async () => {
    const send = (id: string) =>
      limited.sqs.send(
        new SendMessageBatchCommand({ QueueUrl: cloud.queues[id], Entries: [{ Id: '1', MessageBody: 'x' }] }),
      );
    await send('Discarded');
    expect((await refusalOf(send('Dead'))).message).toMatch(/to perform: sqs:sendmessage on/);
  });

  behaviour('who may send may not receive', SQS, async () => {
    const receive = new ReceiveMessageCommand({ QueueUrl: cloud.queues.Discarded });
    expect((await refusalOf(limited.sqs.send(receive))).name).toBe('AccessDenied');
  });
});

describe('S3', () => {
  const at = (Key: string, id = 'Plain') => ({ Bucket: cloud.buckets[id], Key });
  const object = (key: string): string => `"arn:aws:s3:::${cloud.buckets.Plain}/${key}"`;

  behaviour('an object below the prefix of the policy is read and written, no other', S3, async () => {
    await limited.s3.send(new PutObjectCommand({ ...at('mine/a'), Body: 'a' }));
    const { Body } = await limited.s3.send(new GetObjectCommand(at('mine/a')));
    expect(await Body?.transformToString()).toBe('a');
    await limited.s3.send(new DeleteObjectCommand(at('mine/a')));
    expect(await refusalOf(limited.s3.send(new PutObjectCommand({ ...at('theirs'), Body: 'a' })))).toEqual({
      name: 'AccessDenied',
      status: 403,
      message: unmentioned('s3:PutObject', object('theirs')),
    });
    expect((await refusalOf(limited.s3.send(new GetObjectCommand(at('theirs'))))).message).toBe(
      unmentioned('s3:GetObject', object('theirs')),
    );
    expect((await refusalOf(limited.s3.send(new HeadObjectCommand(at('theirs'))))).status).toBe(403);
    const part = new UploadPartCommand({ ...at('theirs'), PartNumber: 1, UploadId: 'x', Body: 'a' });
    expect((await refusalOf(limited.s3.send(part))).message).toBe(
      unmentioned('s3:PutObject', object('theirs')),
    );
    const copy = new CopyObjectCommand({ ...at('mine/b'), CopySource: `${cloud.buckets.Plain}/theirs` });
    expect((await refusalOf(limited.s3.send(copy))).message).toBe(
      unmentioned('s3:GetObject', object('theirs')),
    );
  });

  behaviour('who may not list the bucket is not told whether an object is there', HEAD_OBJECT, async () => {
    const { name, status, message } = await refusalOf(limited.s3.send(new GetObjectCommand(at('mine/none'))));
    expect([name, status]).toEqual(['AccessDenied', 403]);
    expect(message).toBe(unmentioned('s3:ListBucket', `"arn:aws:s3:::${cloud.buckets.Plain}"`));
    expect((await refusalOf(limited.s3.send(new HeadObjectCommand(at('mine/none'))))).status).toBe(403);
    expect((await refusalOf(limited.s3.send(new GetObjectCommand(at('none', 'Uploads'))))).status).toBe(404);
    expect((await refusalOf(limited.s3.send(new HeadObjectCommand(at('none', 'Uploads'))))).status).toBe(404);
  });

  behaviour('listing needs a right of its own', S3, async () => {
    const list = (id: string) => limited.s3.send(new ListObjectsV2Command({ Bucket: cloud.buckets[id] }));
    expect((await list('Uploads')).KeyCount).toBe(0);
    expect((await refusalOf(list('Plain'))).message).toMatch(/to perform: s3:ListBucket on/);
  });

  behaviour('of many keys to delete each is refused for itself', S3, async () => {
    await developer.s3.send(new PutObjectCommand({ ...at('kept'), Body: 'a' }));
    const Delete = { Objects: [{ Key: 'mine/a' }, { Key: 'kept' }] };
    const command = new DeleteObjectsCommand({ Bucket: cloud.buckets.Plain, Delete });
    const { Deleted, Errors } = await limited.s3.send(command);
    expect([Deleted, Errors]).toMatchObject([[{ Key: 'mine/a' }], [{ Key: 'kept', Code: 'AccessDenied' }]]);
    await developer.s3.send(new HeadObjectCommand(at('kept')));
  });

  behaviour('a presigned URL is worth what the role of its signer is', PRESIGNED, async () => {
    const put = async (key: string) => {
      const url = await getSignedUrl(limited.s3, new PutObjectCommand({ ...at(key) }));
      return outcomeOf(await fetch(url, { method: 'PUT', body: 'x' }));
    };
    expect((await put('mine/presigned')).status).toBe(200);
    expect(await put('presigned')).toMatchObject({ status: 403, code: 'AccessDenied' });
  });
});

behaviour(
  'a secret is read by who may, and written by nobody else',
  `${AUTHORIZATION}/list_awssecretsmanager.html`,
  async () => {
    const SecretId = 'Fixture-Secret';
    const { ARN = '' } = await limited.secrets.send(new GetSecretValueCommand({ SecretId }));
    const put = new PutSecretValueCommand({ SecretId, SecretString: 'x' });
    expect(await refusalOf(limited.secrets.send(put))).toEqual({
      name: 'AccessDeniedException',
      status: 400,
      message: unmentioned('secretsmanager:PutSecretValue', ARN),
    });
  },
);

behaviour('a function is invoked by who may', `${AUTHORIZATION}/list_awslambda.html`, async () => {
  const invoke = (FunctionName = '') => limited.lambda.send(new InvokeCommand({ FunctionName }));
  expect((await invoke(cloud.functions.Echo)).StatusCode).toBe(200);
  const other = 'arn:aws:lambda:us-east-1:000000000000:function:Fixture-Other';
  expect(await refusalOf(invoke(cloud.functions.Other))).toEqual({
    name: 'AccessDeniedException',
    status: 403,
    message: unmentioned('lambda:InvokeFunction', other),
  });
  // A grant for the function is none for a qualified name of it.
  expect((await refusalOf(invoke(`${cloud.functions.Echo}:$LATEST`))).name).toBe('AccessDeniedException');
});

const calls = (by: Clients): Record<string, () => Promise<unknown>> => ({
  DynamoDB: () => by.dynamodb.send(new GetItemCommand({ ...table('Items'), Key: pk })),
  SQS: () => by.sqs.send(new SendMessageCommand({ QueueUrl: cloud.queues.Discarded, MessageBody: 'x' })),
  S3: () => by.s3.send(new HeadObjectCommand({ Bucket: cloud.buckets.Uploads, Key: 'x' })),
  SecretsManager: () => by.secrets.send(new GetSecretValueCommand({ SecretId: 'Fixture-Secret' })),
  Lambda: () => by.lambda.send(new InvokeCommand({ FunctionName: cloud.functions.Echo })),
});

describe('a key that nobody has', () => {
  for (const [service, name, status, page] of [
    ['DynamoDB', 'UnrecognizedClientException', 400, DYNAMODB_ERRORS],
    ['SQS', 'InvalidClientTokenId', 403, SQS_ERRORS],
    ['SecretsManager', 'UnrecognizedClientException', 400, LAMBDA_ERRORS],
    ['Lambda', 'UnrecognizedClientException', 403, LAMBDA_ERRORS],
  ] as const) {
    behaviour(`is ${name} in ${service}`, page, async () => {
      const stranger = clientsWith({ accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' });
      expect(await refusalOf(calls(stranger)[service]?.() ?? Promise.resolve())).toEqual({
        name,
        status,
        message: 'The security token included in the request is invalid.',
      });
    });
  }
});

describe('a request without a key', () => {
  for (const [service, target, status, page] of [
    ['dynamodb', 'DynamoDB_20120810.ListTables', 400, DYNAMODB_ERRORS],
    ['sqs', 'AmazonSQS.ListQueues', 403, SQS_ERRORS],
    ['secretsManager', 'secretsmanager.GetSecretValue', 400, LAMBDA_ERRORS],
    ['lambda', '', 403, LAMBDA_ERRORS],
  ] as const) {
    behaviour(`is MissingAuthenticationToken for ${service}`, page, async () => {
      const response = await fetch(cloud.endpoints[service], {
        method: 'POST',
        headers: { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' },
        body: '{}',
      });
      expect([response.status, await response.json()]).toMatchObject([
        status,
        { __type: 'MissingAuthenticationTokenException' },
      ]);
    });
  }
});

behaviour('a function whose role may not write its log leaves none', LOGS, async () => {
  const log = (id: string) =>
    developer.lambda.send(new InvokeCommand({ FunctionName: cloud.functions[id], Payload: '{"do":"log"}' }));
  await log('Mute');
  await log('Other');
  const saidBy = (id: string): string[] => cloud.lines.filter((line) => line.startsWith(`Fixture-${id}:`));
  await eventually(() => saidBy('Other').includes('Fixture-Other: second'));
  expect(saidBy('Mute')).toEqual([]);
  expect(cloud.lines).toContainEqual(
    expect.stringMatching(
      /Fixture-Mute has no log: its role may not logs:CreateLogStream and logs:PutLogEvents/,
    ),
  );
});
