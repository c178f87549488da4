import { InvokeCommand, type InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { behaviour, type ChildCloud, clientOptions, eventually, startChildCloud } from './child-cloud.ts';

const GUIDE = 'https://docs.aws.amazon.com/lambda/latest';
const INVOKE = `${GUIDE}/api/API_Invoke.html`;
const ERRORS = `${GUIDE}/dg/nodejs-exceptions.html`;
const ENVIRONMENT = `${GUIDE}/dg/configuration-envvars.html`;
const RUNTIME = `${GUIDE}/dg/lambda-runtime-environment.html`;
const SECRET = 'https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html';

let cloud: ChildCloud;
let lambda: LambdaClient;
let secrets: SecretsManagerClient;
beforeAll(async () => {
  cloud = await startChildCloud(undefined, { HOST_ONLY: 'must not be seen' });
  lambda = new LambdaClient(clientOptions(cloud, 'lambda'));
  secrets = new SecretsManagerClient(clientOptions(cloud, 'secretsManager'));
});
afterAll(async () => {
  lambda.destroy();
  secrets.destroy();
  await cloud.stop();
});

const invoke = (name: string, event?: object, type?: 'Event' | 'DryRun'): Promise<InvokeCommandOutput> =>
  lambda.send(
    new InvokeCommand({
      FunctionName: cloud.functions[name] ?? name,
      ...(event && { Payload: JSON.stringify(event) }),
      ...(type && { InvocationType: type }),
    }),
  );
const payloadOf = ({ Payload }: InvokeCommandOutput): unknown =>
  JSON.parse(Payload?.transformToString() ?? '');

describe('invoke', () => {
  behaviour('the result comes back as JSON, as JSON would change it', INVOKE, async () => {
    const output = await invoke('Echo', { do: 'date' });
    expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(output.FunctionError).toBeUndefined();
    expect(payloadOf(output)).toEqual({ date: '1970-01-01T00:00:00.000Z' });
    expect(payloadOf(await invoke('Echo', { do: 'nothing' }))).toBeNull();
  });

  behaviour('a function is found by its ARN too, and gets a context', INVOKE, async () => {
    const arn = `arn:aws:lambda:us-east-1:000000000000:function:${cloud.functions.Echo}`;
    expect(payloadOf(await invoke(arn, { x: 1 }))).toMatchObject({
      event: { x: 1 },
      context: {
        functionName: cloud.functions.Echo,
        functionVersion: '$LATEST',
        invokedFunctionArn: arn,
        memoryLimitInMB: '256',
        awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        remaining: expect.any(Number),
      },
    });
  });

  behaviour('a thrown error is Unhandled with its type and message', ERRORS, async () => {
    const output = await invoke('Echo', { do: 'throw' });
    expect(output).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(payloadOf(output)).toMatchObject({
      errorType: 'TypeError',
      errorMessage: 'as asked',
      trace: expect.arrayContaining([expect.stringContaining('TypeError: as asked')]),
    });
  });

  behaviour('an unknown function is ResourceNotFoundException', INVOKE, async () => {
    await expect(invoke('nobody', {})).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: expect.stringContaining('nobody'),
      $metadata: { httpStatusCode: 404 },
    });
  });

  behaviour('what is not JSON is InvalidRequestContentException', INVOKE, async () => {
    const command = new InvokeCommand({ FunctionName: cloud.functions.Echo, Payload: '{' });
    await expect(lambda.send(command)).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
  });

  behaviour('Event answers 202 at once and runs the function; DryRun answers 204', INVOKE, async () => {
    expect((await invoke('Echo', { do: 'log' }, 'DryRun')).StatusCode).toBe(204);
    expect((await invoke('Echo', { do: 'log' }, 'Event')).StatusCode).toBe(202);
    await eventually(() => cloud.lines.includes(`${cloud.functions.Echo}: second`));
    expect(cloud.lines).toContain(`${cloud.functions.Echo}: first`);
  });
});

describe('the execution environment', () => {
  behaviour('a function that runs too long is ended, and the next call works', ERRORS, async () => {
    const started = Date.now();
    const output = await invoke('Slow', { ms: 60_000 });
    expect(Date.now() - started).toBeLessThan(10_000);
    expect(output.FunctionError).toBe('Unhandled');
    expect(payloadOf(output)).toMatchObject({
      errorMessage: expect.stringContaining('Task timed out after 1.00 seconds'),
    });
    expect(payloadOf(await invoke('Slow', { ms: 1 }))).toEqual({ slept: true });
  });

  behaviour('process.exit ends the environment only', RUNTIME, async () => {
    const output = await invoke('Crash', { how: 'exit' });
    expect(payloadOf(output)).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('exit status 3'),
    });
    expect(payloadOf(await invoke('Crash', { how: 'late' }))).toMatchObject({ errorMessage: 'late' });
    expect(payloadOf(await invoke('Crash', {}))).toBe('alive');
  });

  behaviour('a handler that is not exported and a bundle that does not load say so', ERRORS, async () => {
    expect(payloadOf(await invoke('Missing', {}))).toMatchObject({
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: 'index.nothing is undefined or not exported',
    });
    expect(payloadOf(await invoke('Broken', {}))).toMatchObject({
      errorType: 'Runtime.ImportModuleError',
      errorMessage: expect.stringContaining('does-not-exist.mjs'),
    });
  });

  behaviour(
    "a function sees the template's variables, Lambda's own, and no others",
    ENVIRONMENT,
    async () => {
      const environment = payloadOf(await invoke('Echo', { do: 'environment' })) as Record<string, string>;
      expect(environment).toMatchObject({
        API_URL: `${cloud.url}/`,
        TABLE: cloud.tables.Items,
        QUEUE_URL: cloud.queues.Jobs,
        SECRET: expect.stringMatching(
          /^arn:aws:secretsmanager:us-east-1:000000000000:secret:Fixture-Secret-/,
        ),
        JOINED: 'Fixture-Items/Fixture-Jobs/us-east-1',
        AWS_REGION: 'us-east-1',
        AWS_LAMBDA_FUNCTION_NAME: cloud.functions.Echo,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
        AWS_ENDPOINT_URL_DYNAMODB: cloud.endpoints.dynamodb,
        AWS_ENDPOINT_URL_S3: cloud.endpoints.s3,
        BUCKET_DOMAIN: 'fixture-uploads.s3.us-east-1.amazonaws.com',
        AWS_ENDPOINT_URL_SQS: cloud.endpoints.sqs,
      });
      for (const name of ['HOST_ONLY', 'PATH', 'HOME', 'NODE_OPTIONS']) {
        expect(environment).not.toHaveProperty(name);
      }
    },
  );

  behaviour(
    'each function has credentials of its own',
    `${GUIDE}/dg/lambda-intro-execution-role.html`,
    async () => {
      const keyOf = async (name: string): Promise<string | undefined> =>
        (payloadOf(await invoke(name, { do: 'environment' })) as Record<string, string>).AWS_ACCESS_KEY_ID;
      const [echo, other] = [await keyOf('Echo'), await keyOf('Other')];
      expect(echo).toMatch(/^LOCAL\w{15}$/);
      expect(other).toMatch(/^LOCAL\w{15}$/);
      expect(echo).not.toBe(other);
    },
  );
});

behaviour(
  'the real SDK in a function needs no configuration',
  'https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html',
  async () => {
    expect(payloadOf(await invoke('Echo', { do: 'services' }))).toEqual({
      item: 200,
      queue: 'arn:aws:sqs:us-east-1:000000000000:Fixture-Jobs',
      secret: 'Fixture-Secret',
      etag: '"5d41402abc4b2a76b9719d911017c592"',
      invoked: { hello: 'world' },
    });
  },
);

describe('secrets', () => {
  const read = (SecretId: string) => secrets.send(new GetSecretValueCommand({ SecretId }));

  behaviour('a secret is generated as its template says, and read by name or ARN', SECRET, async () => {
    const byName = await read('Fixture-Secret');
    expect(JSON.parse(byName.SecretString ?? '')).toEqual({
      user: 'u',
      password: expect.stringMatching(/^[A-Za-z0-9]{40}$/),
    });
    expect(byName.SecretString).toBe(cloud.secrets.Secret);
    expect(await read(byName.ARN ?? '')).toMatchObject({
      Name: 'Fixture-Secret',
      SecretString: byName.SecretString,
      VersionStages: ['AWSCURRENT'],
    });
  });

  behaviour('an unknown secret is ResourceNotFoundException', SECRET, async () => {
    await expect(read('nothing')).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  behaviour('a new value is the current one', SECRET, async () => {
    const before = await read('Fixture-Secret');
    await secrets.send(new PutSecretValueCommand({ SecretId: 'Fixture-Secret', SecretString: 'rotated' }));
    const after = await read('Fixture-Secret');
    expect(after.SecretString).toBe('rotated');
    expect(after.VersionId).not.toBe(before.VersionId);
  });
});
