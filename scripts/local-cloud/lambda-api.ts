import type { IncomingMessage } from 'node:http';
import type { ApiAnswer, AwsApiState } from './aws-api.ts';
import { findFunction } from './create-functions.ts';
import type { Permission } from './iam-policy.ts';
import { invokeAsynchronously } from './invoke-asynchronously.ts';
import { type LambdaFunction, PAYLOAD_LIMIT_BYTES } from './lambda-function.ts';
import { arnOf } from './place.ts';

const INVOKE = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** 1 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ASYNC_PAYLOAD_LIMIT_BYTES = 1_048_576;

/**
 * A qualifier is part of the resource: a grant for the bare ARN does not cover `:$LATEST`.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
 */
export function lambdaPermissions({ method, url = '/' }: IncomingMessage): Permission[] | undefined {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const [, encoded] = INVOKE.exec(pathname) ?? [];
  if (method !== 'POST' || encoded === undefined) return undefined;
  const [, name = ''] = /(?:^|:function:)([^:]+(?::[^:]+)?)$/.exec(decodeURIComponent(encoded)) ?? [];
  const qualifier = searchParams.get('Qualifier');
  const resource = arnOf('lambda', `function:${name}${qualifier === null ? '' : `:${qualifier}`}`);
  return [{ action: 'lambda:InvokeFunction', resource }];
}

/** The Invoke action of the Lambda API. */
export async function answerLambdaApi(
  request: IncomingMessage,
  body: string,
  state: AwsApiState,
): Promise<ApiAnswer> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  const [, encoded] = INVOKE.exec(path) ?? [];
  if (request.method !== 'POST' || encoded === undefined) {
    return refusal(
      404,
      'UnknownOperationException',
      `The local cloud doesn't know ${request.method} ${path}.`,
    );
  }
  const nameOrArn = decodeURIComponent(encoded);
  const target = findFunction(state.functions, nameOrArn);
  if (!target) {
    const arn = nameOrArn.startsWith('arn:') ? nameOrArn : arnOf('lambda', `function:${nameOrArn}`);
    return refusal(404, 'ResourceNotFoundException', `Function not found: ${arn}`);
  }
  return invoke(target, body || '{}', request.headers['x-amz-invocation-type'] ?? 'RequestResponse', state);
}

async function invoke(
  target: LambdaFunction,
  event: string,
  invocationType: string | string[],
  state: AwsApiState,
): Promise<ApiAnswer> {
  const limit = invocationType === 'Event' ? ASYNC_PAYLOAD_LIMIT_BYTES : PAYLOAD_LIMIT_BYTES;
  if (Buffer.byteLength(event) > limit) {
    const message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation`;
    return refusal(413, 'RequestTooLargeException', message);
  }
  if (!isJson(event)) {
    return refusal(
      400,
      'InvalidRequestContentException',
      'Could not parse request body into json: invalid JSON',
    );
  }
  if (invocationType === 'DryRun') return { status: 204 };
  if (invocationType === 'Event') {
    void invokeAsynchronously(target, event, state.stopping);
    return { status: 202 };
  }
  return respond(target, event);
}

async function respond(target: LambdaFunction, event: string): Promise<ApiAnswer> {
  const outcome = await target.invoke(event);
  const headers = { 'x-amz-executed-version': '$LATEST' };
  if ('result' in outcome) return { status: 200, headers, body: outcome.result };
  return {
    status: 200,
    headers: { ...headers, 'x-amz-function-error': 'Unhandled' },
    body: JSON.stringify(outcome.failure),
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const refusal = (status: number, code: string, message: string): ApiAnswer => ({
  status,
  headers: { 'x-amzn-errortype': code },
  body: JSON.stringify({ Type: 'User', Message: message, message }),
});
