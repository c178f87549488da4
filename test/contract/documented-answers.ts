import { type JsonObject, openApiFile } from './openapi-file.ts';

/**
 * Every answer that the document promises, one by one: `GET /status 200`, `GET /status 404 not_found`,
 * `GET /status 429 gateway`.
 */
export const documentedAnswers: readonly string[] = Object.entries<JsonObject>(openApiFile.paths).flatMap(
  ([path, methods]) =>
    Object.entries<JsonObject>(methods).flatMap(([method, { responses }]) =>
      Object.entries<JsonObject>(responses).flatMap(([status, response]) =>
        kindsOf(response).map((kind) => `${method.toUpperCase()} ${path} ${status}${kind}`),
      ),
    ),
);

function kindsOf({ content = {} }: JsonObject): string[] {
  const { 'application/problem+json': problem, 'application/json': json, ...others } = content;
  const gateway = json?.schema.$ref === '#/components/schemas/GatewayMessage';
  const schemas: JsonObject[] = problem ? (problem.schema.anyOf ?? [problem.schema]) : [];
  const codes = schemas.flatMap(({ properties }) => properties.code.enum as string[]);
  const plain = (json && !gateway) || Object.keys(others).length > 0 || Object.keys(content).length === 0;
  return [...(plain ? [''] : []), ...codes.map((code) => ` ${code}`), ...(gateway ? [' gateway'] : [])];
}

/** Which of them an answer was. */
export function kindOfAnswer(
  route: string,
  { status, headers, json }: { status: number; headers: Headers; json: JsonObject | undefined },
): string {
  const isProblem = headers.get('content-type') === 'application/problem+json';
  const isGateway = !headers.has('x-request-id');
  return `${route} ${status}${isProblem ? ` ${json?.code}` : isGateway ? ' gateway' : ''}`;
}
