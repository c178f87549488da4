import type { IncomingMessage, ServerResponse } from 'node:http';
import { admit, type Passage } from './aws-gate.ts';
import type { Faults } from './faults.ts';
import { type HttpServer, readBody, startHttpServer } from './http-server.ts';
import { FAULT_MESSAGE, jsonRefusal } from './json-refusal.ts';
import { answerLambdaApi, lambdaPermissions } from './lambda-api.ts';
import type { LambdaFunction } from './lambda-function.ts';
import type { Meter } from './meter.ts';
import type { Principals } from './principals.ts';
import type { Secret } from './secret-store.ts';
import { answerSecretsApi, secretsPermissions } from './secrets-api.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** What the API serves; filled while the local cloud starts. */
export interface AwsApiState {
  readonly principals: Principals;
  readonly faults: Faults;
  readonly meter: Meter | undefined;
  functions: ReadonlyMap<string, LambdaFunction>;
  secrets: readonly Secret[];
  log(line: string): void;
  readonly stopping: AbortSignal;
}

/** Above Lambda's limit, so that Lambda's own refusal is seen. */
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;

/** The Lambda and Secrets Manager APIs, one port: the one is known by its path, the other by its target header. */
export function startAwsApi(state: AwsApiState): Promise<HttpServer> {
  return startHttpServer(0, (request, response) => {
    answer(request, state).then(
      (result) => (result ? write(response, result) : response.destroy()),
      (error: Error) => {
        state.log(`local cloud: ${request.method} ${request.url}: ${error.message}`);
        write(response, { status: 500, body: JSON.stringify({ message: error.message }) });
      },
    );
  });
}

/** undefined: the call was done, and its answer is lost. */
async function answer(request: IncomingMessage, state: AwsApiState): Promise<ApiAnswer | undefined> {
  const body = (await readBody(request, BODY_LIMIT_BYTES))?.toString() ?? '';
  const target = String(request.headers['x-amz-target'] ?? '');
  if (target.startsWith('secretsmanager.')) {
    const action = target.slice('secretsmanager.'.length);
    const passage = admit('secretsmanager', request, state.principals, () =>
      secretsPermissions(action, body, state.secrets),
    );
    const call = () => answerSecretsApi(action, body, state.secrets);
    return faulty({ service: 'secretsmanager', operation: action }, passage, state, call);
  }
  const passage = admit('lambda', request, state.principals, () => lambdaPermissions(request));
  const call = () => answerLambdaApi(request, body, state);
  return faulty({ service: 'lambda', operation: 'Invoke' }, passage, state, call);
}

async function faulty(
  { service, operation }: { readonly service: 'lambda' | 'secretsmanager'; readonly operation: string },
  passage: Passage,
  { faults, meter }: AwsApiState,
  call: () => ApiAnswer | Promise<ApiAnswer>,
): Promise<ApiAnswer | undefined> {
  if ('refused' in passage) return passage.refused;
  const fault = faults.draw(passage.principal);
  if (fault === 'throttle' || fault === 'serverError') return jsonRefusal(service, fault, FAULT_MESSAGE);
  meter?.call({ service, operation, by: passage.principal.name, consumed: [] });
  const result = await call();
  return fault === 'dropAfterCommit' ? undefined : result;
}

function write(response: ServerResponse, { status, headers, body }: ApiAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}
