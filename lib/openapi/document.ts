import { ERROR_CODES } from '../domain/waybill-error.ts';
import { EXAMPLES, problemExample } from './examples.ts';
import { componentHeaders } from './headers.ts';
import type { Operation } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { PARAMETERS, parameterRef } from './parameters.ts';
import { answerResponse, errorResponses } from './responses.ts';
import { componentSchemas, schemaRef } from './schemas.ts';
import { SECURITY_SCHEMES } from './security.ts';
import { assemblyEnded } from './webhook.ts';
import { withTenants } from './with-tenants.ts';

const DESCRIPTION = `Submit work, ask for its status, get its results, and be told by a signed webhook when it ends.

**Errors** are \`application/problem+json\` (RFC 9457) with a stable \`code\`. How an assembly ended is never an HTTP error.

**Answers of the gateway.** API Gateway answers some requests by itself, with \`{"message":"…"}\` and without the headers that the functions set: 404 for a path or method that is no route, 400 and 431 for what is no good HTTP request, and 413, 429, 500 and 503 as each route has them below.

**Browsers** may call the API from the origins that the deployment allows; none by default.`;

const TAGS = [
  { name: 'Assemblies', description: 'A piece of work, from its submission to its end.' },
  { name: 'Results', description: 'The files that were made.' },
  { name: 'Webhooks', description: 'Who is told of the end, and how that went.' },
  { name: 'Deployment', description: 'The API itself.' },
] as const satisfies readonly { name: Operation['tag']; description: string }[];

/**
 * The API as OpenAPI 3.1: all of it is made from what the functions run on, the zod schemas, the codes and the routes.
 * @param version of Waybill
 */
export const openApiDocument = (version: string): object => ({
  openapi: '3.1.1',
  info: {
    title: 'Waybill',
    version,
    summary: 'Job status, done right, in your own AWS account.',
    description: DESCRIPTION,
    license: { name: 'MIT', identifier: 'MIT' },
  },
  // Where the document comes from: each deployment has its own.
  servers: [{ url: '/', description: 'This deployment' }],
  tags: TAGS,
  paths: paths(),
  webhooks: { assemblyEnded },
  components: {
    schemas: componentSchemas(),
    parameters: PARAMETERS,
    headers: componentHeaders(),
    examples: {
      ...Object.fromEntries(Object.entries(EXAMPLES).map(([name, value]) => [name, { value }])),
      ...Object.fromEntries(ERROR_CODES.map((code) => [`problem_${code}`, { value: problemExample(code) }])),
    },
    securitySchemes: SECURITY_SCHEMES,
  },
});

function paths(): Record<string, Record<string, object>> {
  const found: Record<string, Record<string, object>> = {};
  for (const [route, operation] of Object.entries(OPERATIONS)) {
    const [method = '', path = ''] = route.split(' ');
    found[path] = { ...found[path], [method.toLowerCase()]: operationObject(withTenants(operation), method) };
  }
  return found;
}

function operationObject(operation: Operation, method: string): object {
  const { id, tag, summary, description, security, parameters = [], body, answers, problems } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description && { description }),
    security: security.map((scheme) => ({ [scheme]: [] })),
    ...(parameters.length > 0 && { parameters: parameters.map(parameterRef) }),
    ...(body && {
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: schemaRef(body.schema),
            examples: Object.fromEntries(
              body.examples.map((name) => [name, { $ref: `#/components/examples/${name}` }]),
            ),
          },
        },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, answerResponse(answer)]),
      ),
      ...errorResponses(problems, { hasBody: method === 'POST' }),
    },
  };
}
