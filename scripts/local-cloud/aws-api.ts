import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HttpServer, readBody, startHttpServer } from './http-server.ts';
import { answerLambdaApi } from './lambda-api.ts';
import type { LambdaFunction } from './lambda-function.ts';
import type { Secret } from './secret-store.ts';
import { answerSecretsApi } from './secrets-api.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** What the API serves; filled while the local cloud starts. */
export interface AwsApiState {
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
      (result) => write(response, result),
      (error: Error) => {
        state.log(`local cloud: ${request.method} ${request.url}: ${error.message}`);
        write(response, { status: 500, body: JSON.stringify({ message: error.message }) });
      },
    );
  });
}

async function answer(request: IncomingMessage, state: AwsApiState): Promise<ApiAnswer> {
  const body = (await readBody(request, BODY_LIMIT_BYTES))?.toString() ?? '';
  const target = String(request.headers['x-amz-target'] ?? '');
  if (target.startsWith('secretsmanager.')) {
    return answerSecretsApi(target.slice('secretsmanager.'.length), body, state.secrets);
  }
  return answerLambdaApi(request, body, state);
}

function write(response: ServerResponse, { status, headers, body }: ApiAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}
