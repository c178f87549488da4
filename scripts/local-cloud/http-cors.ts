import type { IncomingHttpHeaders } from 'node:http';

/** An API's CorsConfiguration. */
export interface CorsConfiguration {
  readonly AllowCredentials?: boolean;
  readonly AllowHeaders?: readonly string[];
  readonly AllowMethods?: readonly string[];
  readonly AllowOrigins?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly MaxAge?: number;
}

/** Once an API has a CORS configuration, the gateway ignores what its functions say of CORS. */
export const withoutCors = <T>(headers: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('access-control-')));

/**
 * The headers that the gateway adds.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function corsHeaders(
  cors: CorsConfiguration,
  request: IncomingHttpHeaders,
  preflight: boolean,
): Record<string, string> {
  const { origin } = request;
  if (origin === undefined || !allows(cors, origin)) return {};
  const list = (values: readonly string[] | undefined): string | undefined => values?.join(',') || undefined;
  const headers = {
    'access-control-allow-origin': cors.AllowOrigins?.includes('*') ? '*' : origin,
    'access-control-allow-credentials': cors.AllowCredentials ? 'true' : undefined,
    'access-control-expose-headers': list(cors.ExposeHeaders),
    ...(preflight && {
      'access-control-allow-headers': list(cors.AllowHeaders),
      'access-control-allow-methods': list(cors.AllowMethods),
      'access-control-max-age': cors.MaxAge === undefined ? undefined : String(cors.MaxAge),
    }),
  };
  const present = Object.entries(headers).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(present);
}

/** `*`, an origin, or an origin with a wildcard such as `https://*.example.com`. */
function allows({ AllowOrigins = [] }: CorsConfiguration, origin: string): boolean {
  return AllowOrigins.some((allowed) => {
    const [start = '', end] = allowed.split('*');
    if (end === undefined) return origin === start;
    return origin.length >= allowed.length - 1 && origin.startsWith(start) && origin.endsWith(end);
  });
}
