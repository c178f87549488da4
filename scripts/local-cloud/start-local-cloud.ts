import { type AccessKey, createAccessKeys } from './access-keys.ts';
import { type AwsApiState, startAwsApi } from './aws-api.ts';
import { startAwsProxy } from './aws-proxy.ts';
import { checkMappingRoles } from './check-mapping-roles.ts';
import { createBuckets } from './create-buckets.ts';
import { createFunctions, localizeUrl } from './create-functions.ts';
import { createHttpApi } from './create-http-api.ts';
import { createTables } from './create-tables.ts';
import { startDynoxide } from './dynoxide.ts';
import { createFaults, type FaultKind, type FaultOptions } from './faults.ts';
import { type HttpApi, serveHttpApi } from './http-api.ts';
import { startHttpServer } from './http-server.ts';
import { readRoles } from './iam-roles.ts';
import type { Meter } from './meter.ts';
import { createPrincipals } from './principals.ts';
import { type ResolvedTemplate, resolveTemplate } from './resolve-template.ts';
import { type S3State, startS3Server } from './s3-server.ts';
import { createSecrets, type Secret } from './secret-store.ts';
import { createQueues, startSqsServer } from './sqs-server.ts';
import { startMappings } from './start-mappings.ts';
import { startSchedules } from './start-schedules.ts';
import { readTemplate } from './template.ts';
import { terminateRandomThread } from './terminate-random-thread.ts';

export interface LocalCloudOptions {
  /** `cdk.out/X.template.json`; the functions' assets are beside it. */
  templateFile: string;
  /** The HTTP API's port on 127.0.0.1; 0, the default, is any free one. */
  port?: number;
  /** How many times faster than time itself schedules run; 1, and 60 makes a second of a minute. */
  scheduleSpeed?: number;
  /** Gets the functions' output, each line with the function's name before it, and warnings. */
  log?: (line: string) => void;
  /** Makes calls of functions to AWS fail now and then; none by default. */
  faults?: FaultOptions;
  /** Is told of every call of AWS and every invocation. It makes DynamoDB say what calls consume, so they take longer. */
  meter?: Meter;
  /** Hands each message of a queue to its function twice: in turns afterwards and at the same time. */
  duplicateMessages?: boolean;
}

export interface LocalCloud {
  /** `http://127.0.0.1:PORT`, the HTTP API. */
  url: string;
  endpoints: { lambda: string; dynamodb: string; s3: string; sqs: string; secretsManager: string };
  /** DynamoDB itself, which asks nobody for a permission: what is timed should not pass through this process. */
  dynamoDbItself: string;
  /** For the developer's own programs, which may do everything. */
  credentials: AccessKey;
  /** Logical id → function name. */
  functions: Record<string, string>;
  /** Logical id → table name. */
  tables: Record<string, string>;
  /** Logical id → bucket name. */
  buckets: Record<string, string>;
  /** Logical id → queue URL. */
  queues: Record<string, string>;
  outputs: Record<string, string>;
  /** How often each fault of the option `faults` was injected so far. */
  injectedFaults(): Readonly<Record<FaultKind, number>>;
  /** How many messages the option `duplicateMessages` has handed over once more so far. */
  duplicatedMessages(): number;
  /** Ends a busy execution environment, of this function or of any: the name of its function, if there was one. */
  terminateRandomThread(functionName?: string): Promise<string | undefined>;
  /** The variables that a function's code sees, to run its bundle outside of the local cloud. */
  environmentOf(functionName: string): Readonly<Record<string, string>>;
  /** The current value of a secret. */
  secretValue(logicalId: string): string;
  /** The values of all its secrets and access keys, for whoever looks whether one shows up somewhere. */
  everySecret(): readonly string[];
  /** Ends everything that was started. May be called again. */
  stop(): Promise<void>;
}

/** Runs what a synthesized CloudFormation template describes, on this machine. */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const stops: (() => Promise<unknown>)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= stopAll(stops);
    return stopping;
  };
  try {
    return { ...(await start(options, stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** In reverse: what uses a service ends before the service. */
async function stopAll(stops: (() => Promise<unknown>)[]): Promise<void> {
  for (const stop of stops.toReversed()) await stop();
}

async function start(
  {
    templateFile,
    port = 0,
    scheduleSpeed = 1,
    log = () => {},
    faults: faultOptions,
    meter,
    duplicateMessages = false,
  }: LocalCloudOptions,
  stops: (() => Promise<unknown>)[],
): Promise<Omit<LocalCloud, 'stop'>> {
  const template = readTemplate(templateFile);
  // Before anything starts: a template that the local cloud doesn't know should cost no time.
  const described = resolveTemplate(template, 'http://127.0.0.1');
  const roles = readRoles(described);
  checkMappingRoles(described, roles);
  const stopping = new AbortController();
  const started = <T extends { stop(): Promise<void> }>(service: T): T => {
    stops.push(service.stop);
    return service;
  };

  let httpApi: HttpApi | undefined;
  const http = started(
    await startHttpServer(port, (request, response) => {
      serveHttpApi(httpApi, request, response).catch((error: Error) => {
        log(`local cloud: ${request.method} ${request.url}: ${error.message}`);
        if (response.headersSent) return response.destroy();
        response.writeHead(500, { 'content-type': 'application/json' });
        return response.end('{"message":"Internal Server Error"}');
      });
    }),
  );
  const keys = createAccessKeys();
  const principals = createPrincipals(keys, roles);
  const faults = createFaults(faultOptions);
  const s3State: S3State = { keys, principals, faults, meter, buckets: new Map(), sqsEndpoint: '', log };
  const state: AwsApiState = {
    principals,
    faults,
    meter,
    functions: new Map(),
    secrets: [],
    log,
    stopping: stopping.signal,
  };
  // Each is noted as soon as it runs, so that it is stopped even if another fails.
  const starts = [
    startAwsApi(state).then(started),
    startSqsServer().then(started),
    startDynoxide(log).then(started),
    startS3Server(s3State).then(started),
  ] as const;
  await Promise.allSettled(starts);
  const [awsApi, sqs, dynoxide, s3] = await Promise.all(starts);
  const proxy = { principals, faults, meter, log };
  const dynamoDbProxy = started(
    await startAwsProxy({ ...proxy, service: 'dynamodb', upstream: dynoxide.endpoint }),
  );
  const sqsProxy = started(await startAwsProxy({ ...proxy, service: 'sqs', upstream: sqs.endpoint }));
  const endpoints = {
    dynamodb: dynamoDbProxy.url,
    lambda: awsApi.url,
    s3: s3.url,
    secretsManager: awsApi.url,
    sqs: sqsProxy.url,
  };
  // The local cloud itself asks nobody.
  const direct = { ...endpoints, dynamodb: dynoxide.endpoint, sqs: sqs.endpoint };
  const resolved = resolveTemplate(template, endpoints.sqs);
  const [streams] = await Promise.all([
    createTables(resolved, direct.dynamodb),
    createQueues(resolved, direct.sqs),
  ]);
  s3State.sqsEndpoint = direct.sqs;
  s3State.buckets = await createBuckets(resolved, direct.sqs);
  const duplicates = { batches: 0, messages: 0 };
  const functions = createFunctions(resolved, endpoints, http.url, keys, roles, log, meter);
  stops.push(() => Promise.all([...functions.values()].map((each) => each.stop())));
  const secrets = createSecrets(resolved);
  state.functions = functions;
  state.secrets = secrets;
  const mappings = await startMappings({
    resolved,
    functions,
    streams,
    endpoints: direct,
    log,
    stopping: stopping.signal,
    duplicates: duplicateMessages ? duplicates : undefined,
  });
  stops.push(async () => {
    stopping.abort();
    await Promise.all([...functions.values()].map((each) => each.stop()));
    await Promise.all(mappings);
  });
  startSchedules({ resolved, functions, speed: scheduleSpeed, stopping: stopping.signal });
  httpApi = createHttpApi(resolved, functions);

  return {
    url: http.url,
    endpoints,
    dynamoDbItself: dynoxide.endpoint,
    credentials: keys.developer,
    ...describe(resolved, http.url),
    injectedFaults: () => ({ ...faults.injected }),
    duplicatedMessages: () => duplicates.messages,
    terminateRandomThread: (functionName) =>
      terminateRandomThread(functions, faultOptions?.random ?? Math.random, functionName),
    environmentOf: (functionName) => functions.get(functionName)?.environment ?? {},
    secretValue: (logicalId) => secretOf(secrets, logicalId).value,
    everySecret: () => [
      ...secrets.map(({ value }) => value),
      ...[keys.developer, ...[...functions.keys()].map(keys.forFunction)].map((key) => key.secretAccessKey),
    ],
  };
}

function describe(
  resolved: ResolvedTemplate,
  httpUrl: string,
): Pick<LocalCloud, 'buckets' | 'functions' | 'tables' | 'queues' | 'outputs'> {
  const refs = (...types: string[]): Record<string, string> =>
    Object.fromEntries(resolved.idsOf(...types).map((id) => [id, resolved.identityOf(id).ref]));
  return {
    buckets: refs('AWS::S3::Bucket'),
    functions: refs('AWS::Lambda::Function'),
    tables: refs('AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table'),
    queues: refs('AWS::SQS::Queue'),
    outputs: Object.fromEntries(
      Object.entries(resolved.outputs).map(([name, value]) => [name, localizeUrl(value, httpUrl)]),
    ),
  };
}

function secretOf(secrets: readonly Secret[], logicalId: string): Secret {
  const secret = secrets.find((each) => each.logicalId === logicalId);
  if (!secret) throw new Error(`There is no secret "${logicalId}" in the template.`);
  return secret;
}
