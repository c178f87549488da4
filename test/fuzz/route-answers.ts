import { faultsAgainst, type JsonObject, openApiFile } from '../contract/openapi-file.ts';

/** `POST /assemblies`, as in ROUTES. */
export type RouteKey = string;

export interface RouteAnswers {
  /** The statuses below 500 that a function may answer the route with. */
  readonly statuses: readonly number[];
  /** Why the body of an answer is not as documented; undefined where it is. */
  whyNot(status: number, body: unknown): string | undefined;
}

const PROBLEM = 'application/problem+json';
/** The gateway's own. */
const THROTTLED = 429;

const operations: readonly JsonObject[] = Object.values<JsonObject>(openApiFile.paths).flatMap((methods) =>
  Object.values<JsonObject>(methods),
);

/** Which status goes with which code of a problem. */
export const CODE_STATUS: Readonly<Record<string, number>> = Object.fromEntries(
  operations
    .flatMap(({ responses }) => Object.entries<JsonObject>(responses))
    .flatMap(([status, { content }]) => codesOf(content?.[PROBLEM]).map((code) => [code, Number(status)])),
);

function codesOf(problem: JsonObject | undefined): string[] {
  const schemas: JsonObject[] = problem ? (problem.schema.anyOf ?? [problem.schema]) : [];
  return schemas.flatMap(({ properties }) => properties.code.enum as string[]);
}

/**
 * What docs/openapi.json says of a route.
 * @throws Error for a route that nothing is documented of
 */
export function routeAnswers(route: RouteKey): RouteAnswers {
  const [method = '', path = ''] = route.split(' ');
  const place = ['paths', path, method.toLowerCase(), 'responses'];
  const responses = place.reduce<JsonObject | undefined>((at, part) => at?.[part], openApiFile);
  if (!responses) throw new Error(`Nothing is documented of ${route}`);
  return {
    statuses: Object.keys(responses)
      .map(Number)
      .filter((status) => status < 500 && status !== THROTTLED),
    whyNot(status, body) {
      const content: JsonObject | undefined = responses[status]?.content;
      if (!content) return body === undefined ? undefined : 'has a body';
      const [type = ''] = Object.keys(content);
      if (!type.includes('json')) return body === undefined ? 'has no body' : undefined;
      return faultsAgainst([...place, String(status), 'content', type, 'schema'], body)[0];
    },
  };
}
