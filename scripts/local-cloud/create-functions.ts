import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AccessKeys } from './access-keys.ts';
import { checkFunctionLimits } from './check-function-limits.ts';
import { decide } from './iam-policy.ts';
import type { Role } from './iam-roles.ts';
import { ASYNC_DEFAULTS, type AsyncSettings } from './invoke-asynchronously.ts';
import { LambdaFunction } from './lambda-function.ts';
import type { Meter } from './meter.ts';
import { arnOf, REGION } from './place.ts';
import type { ResolvedTemplate } from './resolve-template.ts';

interface FunctionProperties {
  readonly Code: { readonly ZipFile?: string };
  readonly Handler: string;
  readonly Timeout?: number;
  readonly LoggingConfig?: { readonly LogGroup?: string };
  readonly MemorySize?: number;
  readonly ReservedConcurrentExecutions?: number;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, unknown>> };
}

interface InvokeConfigProperties {
  readonly FunctionName?: string;
  readonly MaximumRetryAttempts?: number;
  readonly MaximumEventAgeInSeconds?: number;
}

/** Where a function reaches the other services. */
export interface ServiceEndpoints {
  readonly lambda: string;
  readonly dynamodb: string;
  readonly s3: string;
  readonly sqs: string;
  readonly secretsManager: string;
}

/** A thread takes some 45 MB and there are few cores: more would only be slower. */
const DEFAULT_CONCURRENCY = 10;

/** The template's functions by name. No thread starts before the first invocation. */
export function createFunctions(
  resolved: ResolvedTemplate,
  endpoints: ServiceEndpoints,
  httpUrl: string,
  keys: AccessKeys,
  roles: ReadonlyMap<string, Role>,
  log: (line: string) => void,
  meter?: Meter,
): Map<string, LambdaFunction> {
  const functions = resolved.idsOf('AWS::Lambda::Function').map((logicalId) => {
    const properties = resolved.propertiesOf<FunctionProperties>(logicalId);
    const { ref: name, attributes } = resolved.identityOf(logicalId);
    const { Handler: handler, MemorySize = 128, Timeout = 3 } = properties;
    if (properties.ReservedConcurrentExecutions === 0) {
      throw new Error(`Function "${logicalId}" can never run: its ReservedConcurrentExecutions is 0.`);
    }
    checkFunctionLimits(logicalId, properties);
    const logGroupName = properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`;
    const logStreamName = 'local/[$LATEST]0';
    return new LambdaFunction({
      name,
      arn: attributes.Arn ?? '',
      timeoutMs: Timeout * 1000,
      concurrency: properties.ReservedConcurrentExecutions ?? DEFAULT_CONCURRENCY,
      asynchronous: asyncSettings(resolved, name),
      meter,
      thread: {
        url: pathToFileURL(handlerFile(resolved, logicalId, handler)).href,
        handler,
        exportName: handler.slice(handler.lastIndexOf('.') + 1),
        log: functionLog(name, logGroupName, roles.get(name), log),
        env: {
          ...templateEnvironment(properties, httpUrl),
          ...serviceEnvironment(endpoints),
          ...credentials(keys, name),
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MemorySize),
          AWS_LAMBDA_FUNCTION_NAME: name,
          AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
          AWS_LAMBDA_LOG_GROUP_NAME: logGroupName,
          AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
          _HANDLER: handler,
          TZ: ':UTC',
        },
        context: {
          functionName: name,
          functionVersion: '$LATEST',
          invokedFunctionArn: attributes.Arn,
          logGroupName,
          logStreamName,
          memoryLimitInMB: String(MemorySize),
        },
      },
    });
  });
  return new Map(functions.map((each) => [each.name, each]));
}

function asyncSettings(resolved: ResolvedTemplate, name: string): AsyncSettings {
  const [config = {}] = resolved
    .idsOf('AWS::Lambda::EventInvokeConfig')
    .map((id) => resolved.propertiesOf<InvokeConfigProperties>(id))
    .filter(({ FunctionName }) => FunctionName === name);
  const { MaximumRetryAttempts: retries, MaximumEventAgeInSeconds: age } = config;
  return {
    maximumRetries: retries ?? ASYNC_DEFAULTS.maximumRetries,
    maximumAgeMs: age === undefined ? ASYNC_DEFAULTS.maximumAgeMs : age * 1000,
  };
}

/**
 * A function whose role may not write its log runs, and nothing of what it says is seen.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
 */
function functionLog(
  name: string,
  logGroup: string,
  role: Role | undefined,
  log: (line: string) => void,
): (line: string) => void {
  const resource = arnOf('logs', `log-group:${logGroup}:log-stream:x`);
  const missing = ['logs:CreateLogStream', 'logs:PutLogEvents'].filter(
    (action) => decide(role?.statements ?? [], { action, resource }) !== 'allowed',
  );
  if (missing.length === 0) return (line) => log(`${name}: ${line}`);
  log(`local cloud: ${name} has no log: its role may not ${missing.join(' and ')} on ${resource}`);
  return () => {};
}

/** A function by name, ARN, partial ARN, with or without `:$LATEST`, as the Lambda API takes it. */
export function findFunction(
  functions: ReadonlyMap<string, LambdaFunction>,
  nameOrArn: string,
): LambdaFunction | undefined {
  const [, name = nameOrArn] = /(?:^|:)function:([^:]+)/.exec(nameOrArn) ?? [];
  return functions.get(name.replace(/:\$LATEST$/, ''));
}

/** `https://<id>.execute-api…` becomes the local HTTP API. */
export const localizeUrl = (text: string, httpUrl: string): string =>
  text.replace(/https:\/\/[a-z0-9-]+\.execute-api\.[a-z0-9.-]+/g, httpUrl);

function handlerFile(resolved: ResolvedTemplate, logicalId: string, handler: string): string {
  const { template } = resolved;
  const asset = template.resources[logicalId]?.Metadata?.['aws:asset:path'];
  if (typeof asset !== 'string') {
    throw new Error(
      `Function "${logicalId}" has no asset folder (Metadata "aws:asset:path"): the local cloud runs only assets.`,
    );
  }
  const module = handler.slice(0, handler.lastIndexOf('.'));
  const path = resolve(template.folder, asset, module);
  const file = ['.mjs', '.js', '.cjs'].map((ending) => path + ending).find((each) => existsSync(each));
  if (file) return file;
  throw new Error(
    `Function "${logicalId}" has the handler "${handler}", but ${join(dirname(path), basename(path))}.mjs (or .js, ` +
      '.cjs) does not exist. Run the build, then synthesize again.',
  );
}

function templateEnvironment({ Environment }: FunctionProperties, httpUrl: string): Record<string, string> {
  const entries = Object.entries(Environment?.Variables ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, localizeUrl(String(value), httpUrl)]));
}

const serviceEnvironment = (endpoints: ServiceEndpoints): Record<string, string> => ({
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
  AWS_ENDPOINT_URL_LAMBDA: endpoints.lambda,
  AWS_ENDPOINT_URL_S3: endpoints.s3,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsManager,
  AWS_ENDPOINT_URL_SQS: endpoints.sqs,
  // Else the SDK would find the developer's own ~/.aws through os.homedir().
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
});

function credentials(keys: AccessKeys, name: string): Record<string, string> {
  const { accessKeyId, secretAccessKey } = keys.forFunction(name);
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}
