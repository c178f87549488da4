import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS, ROUTES } from '../../lib/bindings.ts';
import { waybillSettings } from '../../lib/settings.ts';
import { templates } from '../../templates/registry.ts';
import { type JsonObject, openApiFile, resolved } from '../contract/openapi-file.ts';

const ROOT = join(import.meta.dirname, '../..');
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const SCHEMAS: JsonObject = openApiFile.components.schemas;

/** `queue.state`, `submissions[].error`, `results[step][].id`: whether a value of that schema can have it. */
export function hasMember(schemaName: string, path: string): boolean {
  let at: JsonObject | undefined = SCHEMAS[schemaName];
  for (const part of path.match(/\[\w*\]|[^.[\]]+/g) ?? []) {
    if (at === undefined) return false;
    at = partOf(resolved(at), part);
    if (at !== undefined && isAnyJson(at)) return true;
  }
  return at !== undefined;
}

function partOf(schema: JsonObject, part: string): JsonObject | undefined {
  for (const branch of schema.anyOf ?? schema.allOf ?? []) {
    const found = partOf(resolved(branch), part);
    if (found) return found;
  }
  if (part === '[]') return schema.items;
  if (part.startsWith('[')) return schema.additionalProperties;
  return schema.properties?.[part];
}

/** Whatever is within `result` or `recipient` is the template's own; the test of the evaluation looks at that. */
const isAnyJson = ({ $ref }: JsonObject): boolean => $ref === '#/components/schemas/Json';

interface NamedRoute {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly string[];
}

/** `GET /assemblies/{id}?batch=true`, or undefined for anything else. */
export function namedRoute(code: string): NamedRoute | undefined {
  const [, method, path, query = ''] = /^(GET|POST|PUT|DELETE) (\/[^?]*)(?:\?(.*))?$/.exec(code) ?? [];
  if (method === undefined || path === undefined) return undefined;
  const parameters = [...query.matchAll(/(\w+)=/g)].map(([, name = '']) => name);
  return { method, path: path.replace('{id}', '{assembly_id}'), parameters };
}

/** Whether the route is there, and takes each of these parameters. */
export function isRoute({ method, path, parameters }: NamedRoute): boolean {
  if (!ROUTES.some((route) => route.method === method && route.path === path)) return false;
  const declared = (openApiFile.paths[path]?.[method.toLowerCase()]?.parameters ?? []).map(
    (parameter: JsonObject) => resolved(parameter).name,
  );
  return parameters.every((name) => declared.includes(name));
}

export const isSetting = (name: string): boolean => Object.hasOwn(waybillSettings.shape, name);

export const isOutput = (name: string): boolean =>
  new RegExp(`\\b${name}: \\{`).test(textOf('lib/constructs/stack-outputs.ts'));

export const isMetric = (name: string): boolean => Object.hasOwn(METRICS, name);

/** Every text that an enum, a constant or a member of the document has, and every header. */
const DOCUMENTED = new Set<string>();
collect(openApiFile);

function collect(value: unknown): void {
  if (Array.isArray(value)) for (const each of value) collect(each);
  else if (typeof value === 'object' && value !== null) {
    const object = value as JsonObject;
    for (const text of [...(Array.isArray(object.enum) ? object.enum : []), object.const])
      if (typeof text === 'string') DOCUMENTED.add(text);
    for (const map of [object.properties, object.headers])
      for (const name of Object.keys(map ?? {})) DOCUMENTED.add(name);
    if (typeof object.in === 'string' && typeof object.name === 'string') DOCUMENTED.add(object.name);
    for (const each of Object.values(object)) collect(each);
  }
}
const DOCUMENTED_LOWER = new Set([...DOCUMENTED].map((name) => name.toLowerCase()));

/** Codes of jobs that failed, which are no part of the document: the pages with tables of them, and a template's. */
const CODE_SOURCES = [
  'docs/errors.md',
  'docs/http-api.md',
  'docs/external-workers.md',
  'docs/evaluations.md',
];
const TEMPLATE_CODES = 'templates/lead-errors.ts';
const isErrorCode = (name: string): boolean =>
  (existsSync(join(ROOT, TEMPLATE_CODES)) && textOf(TEMPLATE_CODES).includes(`  ${name}: {`)) ||
  CODE_SOURCES.some((page) => existsSync(join(ROOT, page)) && textOf(page).includes(`| \`${name}\``));

/** In the source of the clients: a class, a method with its parameters, or a function. */
const CLIENTS = textOf('lib/client/status-lambda-client.ts');
const isClientName = (code: string): boolean =>
  /^[a-zA-Z]+(\(id, userId\))?$/.test(code) && new RegExp(`\\b${code.split('(')[0]}\\b`).test(CLIENTS);

const METRIC_VALUES = new Set<string>(
  Object.values(METRICS).flatMap((metric) => ('values' in metric ? [...metric.values] : [])),
);

/** What is a name of ours all the same, or of a standard that we speak, with where it is. */
const OTHERS = new Map<string, string>([
  ['Authorization', 'lambdas/shared/authenticate.ts'],
  ['sub', 'lambdas/shared/authenticate.ts'],
  ['tenant_id', 'lambdas/shared/authenticate.ts'],
  ['tenant/user', 'docs/decisions/0024-tenants.md'],
  ['waybill:operator', 'lib/domain/owner.ts'],
  ['defineTemplate', 'lib/domain/template.ts'],
  ['id', 'lib/domain/recipients.ts'],
  ['bioguideId', 'lib/domain/recipients.ts'],
  ['recipients', 'lib/domain/recipients.ts'],
  ['npm start -- --port 4000', 'docs/local-cloud.md'],
  ['sweep', 'lib/bindings.ts'],
]);

const isOther = (code: string): boolean => {
  const file = OTHERS.get(code);
  const sought = code.startsWith('npm') ? '--port' : code;
  return file !== undefined && existsSync(join(ROOT, file)) && textOf(file).includes(sought);
};

/** Whether Waybill has something of that name: a route, a member, a word, a code, a header, a setting, an output, a file. */
export function isOurs(code: string): boolean {
  // `all_owners=true` is a parameter with its value.
  if (/^\w+=\w+$/.test(code)) return isOurs(code.split('=')[0] ?? '');
  const route = namedRoute(code);
  if (route) return isRoute(route);
  return (
    DOCUMENTED_LOWER.has(code.toLowerCase()) ||
    Object.keys(SCHEMAS).some((schema) => hasMember(schema, code)) ||
    isSetting(code) ||
    isOutput(code) ||
    isMetric(code) ||
    METRIC_VALUES.has(code) ||
    templates.has(code) ||
    isErrorCode(code) ||
    isClientName(code) ||
    isOther(code) ||
    (/^[\w-]+(\/[\w.-]+)+$/.test(code) && existsSync(join(ROOT, code)))
  );
}
