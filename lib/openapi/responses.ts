import { type ErrorCode, problemOf } from '../domain/waybill-error.ts';
import type { ExampleName } from './examples.ts';
import { COMMON_HEADERS, type HeaderUse, headersOf, LIMIT_HEADERS } from './headers.ts';
import type { Answer } from './operation.ts';
import { PROBLEM_CAUSES } from './problem-causes.ts';
import { problemSchema } from './problem-schema.ts';
import { type JsonSchema, type SchemaName, schemaRef } from './schemas.ts';

/** What API Gateway may answer by itself, whatever the route. */
export const GATEWAY_ANSWERS = {
  413: {
    description: 'API Gateway: the body is over 10 MB; or over 6 MB written as a JSON string, by Lambda.',
    example: 'too_large_for_gateway',
  },
  429: { description: 'API Gateway: there are too many requests at the moment.', example: 'throttled' },
  500: { description: 'API Gateway: the function has crashed.', example: 'function_failed' },
  503: {
    description: 'API Gateway: the function did not answer within 30 s, or Lambda has no room for it.',
    example: 'no_answer',
  },
} as const satisfies Record<number, { description: string; example: ExampleName }>;

type GatewayStatus = keyof typeof GATEWAY_ANSWERS;

const exampleRefs = (names: readonly string[]): object =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/examples/${name}` }]));

/** An answer of the function. */
export function answerResponse({
  description,
  schemas = [],
  contentType,
  statuses,
  headers = [],
  examples = [],
}: Answer): object {
  const uses: HeaderUse[] = ['apigw-requestid', ...COMMON_HEADERS, ...headers];
  const content =
    schemas.length > 0
      ? { schema: oneOf(schemas, statuses), ...(examples.length > 0 && { examples: exampleRefs(examples) }) }
      : contentType && { schema: { type: 'string' } };
  return {
    description,
    headers: headersOf(uses),
    ...(content && { content: { [contentType ?? 'application/json']: content } }),
  };
}

/** They tell of no assembly, or of many. */
const WITHOUT_STATUS: readonly SchemaName[] = ['DryRun', 'BatchStatus'];

function oneOf(names: readonly SchemaName[], statuses: Answer['statuses']): JsonSchema {
  const schemas = names.map((name) => ({
    ...schemaRef(name),
    ...(statuses &&
      !WITHOUT_STATUS.includes(name) && {
        type: 'object' as const,
        properties: { status: { enum: [...statuses] } },
      }),
  }));
  return schemas.length === 1 ? (schemas[0] as JsonSchema) : { anyOf: schemas };
}

/** All that ends in this status: the problems of these codes, and what the gateway says. */
export function errorResponse(status: number, codes: readonly ErrorCode[]): object {
  const gateway = status in GATEWAY_ANSWERS ? GATEWAY_ANSWERS[status as GatewayStatus] : undefined;
  const own: HeaderUse[] = [
    ...COMMON_HEADERS,
    ...(status === 401 || status === 403 ? (['www-authenticate'] as const) : []),
    ...(status === 429 ? (['retry-after', ...LIMIT_HEADERS] as const) : []),
    ...(status === 503 ? (['retry-after'] as const) : []),
  ];
  const sometimes = own.map((name) => `${name.replace('?', '')}?` as HeaderUse);
  return {
    description: [
      ...codes.map((code) => `\`${code}\`: ${PROBLEM_CAUSES[code]}`),
      ...(gateway ? [gateway.description] : []),
    ].join('\n\n'),
    headers: headersOf(['apigw-requestid', ...(codes.length === 0 ? [] : gateway ? sometimes : own)]),
    content: {
      ...(codes.length > 0 && {
        'application/problem+json': {
          schema: problemSchema(codes),
          examples: exampleRefs(codes.map((code) => `problem_${code}`)),
        },
      }),
      ...(gateway && {
        'application/json': { schema: schemaRef('GatewayMessage'), examples: exampleRefs([gateway.example]) },
      }),
    },
  };
}

/** The errors of a route by status. */
export function errorResponses(
  codes: readonly ErrorCode[],
  { hasBody }: { readonly hasBody: boolean },
): Record<string, object> {
  const gateway = Object.keys(GATEWAY_ANSWERS)
    .map(Number)
    .filter((status) => hasBody || status !== 413);
  const statuses = [...new Set([...codes.map((code) => problemOf(code).status), ...gateway])];
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      errorResponse(
        status,
        codes.filter((code) => problemOf(code).status === status),
      ),
    ]),
  );
}
