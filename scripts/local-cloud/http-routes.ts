/** One route of an HTTP API, such as `GET /assemblies/{id}`, `ANY /{proxy+}` or `$default`. */
export interface Route<Target> {
  readonly routeKey: string;
  readonly target: Target;
}

export interface RouteMatch<Target> extends Route<Target> {
  readonly pathParameters: Readonly<Record<string, string>>;
}

interface Candidate<Target> {
  readonly route: Route<Target>;
  readonly method: string;
  readonly pattern: RegExp;
  readonly rank: string;
}

/**
 * Finds the most specific route: a full match first, then greedy ones, then `$default`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function routeMatcher<Target>(
  routes: readonly Route<Target>[],
): (method: string, path: string) => RouteMatch<Target> | undefined {
  const candidates = routes
    .filter(({ routeKey }) => routeKey !== '$default')
    .map(candidate)
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const fallback = routes.find(({ routeKey }) => routeKey === '$default');
  return (method, path) => {
    for (const { route, method: wanted, pattern } of candidates) {
      if (wanted !== 'ANY' && wanted !== method) continue;
      const match = pattern.exec(path);
      if (match) return { ...route, pathParameters: decoded(match.groups) };
    }
    return fallback && { ...fallback, pathParameters: {} };
  };
}

function candidate<Target>(route: Route<Target>): Candidate<Target> {
  const [method = '', path] = route.routeKey.split(' ');
  if (path === undefined) throw new Error(`The local cloud doesn't know the route key "${route.routeKey}".`);
  const segments = path.split('/');
  const pattern = segments.map((segment, index) => segmentPattern(segment, index, route.routeKey)).join('/');
  // Literal before {param} before {proxy+}, from left to right; then the method itself before ANY.
  const rank = segments.map(segmentRank).join('') + (method === 'ANY' ? '1' : '0');
  return { route, method, pattern: new RegExp(`^${pattern}$`), rank };
}

function segmentPattern(segment: string, index: number, routeKey: string): string {
  const [, name, greedy] = /^\{([\w-]+)(\+)?\}$/.exec(segment) ?? [];
  if (name === undefined) return segment.replace(/[.*+?^$()[\]\\|{}]/g, '\\$&');
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw new Error(`Route "${routeKey}": parameter ${index} has a bad name.`);
  return greedy ? `(?<${name}>.+)` : `(?<${name}>[^/]+)`;
}

function segmentRank(segment: string): string {
  if (!segment.startsWith('{')) return '0';
  return segment.endsWith('+}') ? '2' : '1';
}

const decoded = (groups: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
