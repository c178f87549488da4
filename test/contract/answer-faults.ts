import type { ApiAnswer } from '../local-cloud.ts';
import { faultsAgainst, type JsonObject, openApiFile, resolved } from './openapi-file.ts';

/** Of HTTP itself, and of CORS, which the gateway adds where a deployment allows origins. */
const NOT_DOCUMENTED =
  /^(date|connection|keep-alive|transfer-encoding|content-type|content-length|access-control-.*)$/;

const matchers = Object.keys(openApiFile.paths)
  // A name that is written out goes before a parameter, as in the gateway.
  .sort((a, b) => a.split('{').length - b.split('{').length)
  .map((path) => ({
    path,
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
  }));

/** `GET /assemblies/{assembly_id}`, or undefined for what the document does not know. */
export function documentedRoute(method: string, target: string): string | undefined {
  const [pathname = ''] = target.split(/[?#]/);
  const found = matchers.find(
    ({ path, pattern }) => pattern.test(pathname) && openApiFile.paths[path][method.toLowerCase()],
  );
  return found && `${method.toUpperCase()} ${found.path}`;
}

export type Answered = Pick<ApiAnswer, 'status' | 'headers' | 'text'>;

/** What the document has against the answer of a route: nothing, or a line each. */
export function answerFaults(route: string, answer: Answered): string[] {
  const [method = '', path = ''] = route.split(' ');
  const place = ['paths', path, method.toLowerCase(), 'responses', String(answer.status)];
  const response: JsonObject | undefined = place.reduce<JsonObject | undefined>(
    (at, part) => at?.[part],
    openApiFile,
  );
  if (!response) return [`${route} answers ${answer.status}, which is not documented`];
  return [...headerFaults(response, answer), ...bodyFaults(response, place, answer)].map(
    (fault) => `${route} ${answer.status}: ${fault}`,
  );
}

function headerFaults({ headers: documented }: JsonObject, { headers }: Answered): string[] {
  const unknown = [...headers.keys()].filter((name) => !(name in documented) && !NOT_DOCUMENTED.test(name));
  return [
    ...unknown.map((name) => `has the header ${name}, which is not documented`),
    ...Object.entries<JsonObject>(documented).flatMap(([name, header]) => {
      const value = headers.get(name);
      const { required } = resolved(header);
      if (value === null) return required ? [`has no header ${name}`] : [];
      const component = header.$ref.replace('#/', '').split('/');
      const { type } = resolved(header).schema;
      const typed = type === 'integer' ? Number(value) : value;
      return faultsAgainst([...component, 'schema'], typed).map((fault) => `header ${name}: ${fault}`);
    }),
  ];
}

function bodyFaults(
  { content }: JsonObject,
  place: readonly string[],
  { headers, text }: Answered,
): string[] {
  const type = headers.get('content-type');
  // The gateway gives a type to what has no body, too.
  if (!content) return text === '' ? [] : ['has a body, which is not documented'];
  if (type === null || !content[type]) return [`has the type ${type}, which is not documented`];
  if (!/json/.test(type)) return text === '' ? ['is empty'] : [];
  return faultsAgainst([...place, 'content', type, 'schema'], JSON.parse(text));
}
