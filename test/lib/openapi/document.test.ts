import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { ROUTES } from '../../../lib/bindings.ts';
import { ERROR_CODES, problemOf } from '../../../lib/domain/waybill-error.ts';
import { OPERATIONS } from '../../../lib/openapi/operations.ts';
import { withTenants } from '../../../lib/openapi/with-tenants.ts';
import { OPENAPI_FILE, openApiText } from '../../../scripts/openapi.ts';
import { faultsAgainst, type JsonObject, openApiFile, resolved } from '../../contract/openapi-file.ts';

const httpApi = readFileSync(join(import.meta.dirname, '../../../docs/http-api.md'), 'utf8');

test('docs/openapi.json is what "npm run openapi" writes', async () => {
  expect(readFileSync(OPENAPI_FILE, 'utf8') === (await openApiText())).toBe(true);
});

test('it is OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(openApiFile));
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  expect(openApiFile.openapi).toMatch(/^3\.1\./);
});

test('it describes the routes of the bindings, and no other', () => {
  const described = Object.entries<JsonObject>(openApiFile.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
});

test('the parameters of a path are those in its name', () => {
  for (const [path, methods] of Object.entries<JsonObject>(openApiFile.paths))
    for (const { parameters = [] } of Object.values<JsonObject>(methods)) {
      const inPath = parameters
        .map(resolved)
        .filter((parameter: JsonObject) => parameter.in === 'path')
        .map(({ name }: JsonObject) => name);
      expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    }
});

test('every code of an error is an answer of some route', () => {
  const answered = new Set(Object.values(OPERATIONS).flatMap((each) => withTenants(each).problems));
  expect(ERROR_CODES.filter((code) => !answered.has(code))).toEqual([]);
});

test('every $ref leads somewhere, and every component is used', () => {
  const text = JSON.stringify(openApiFile);
  const refs = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref);
  expect(refs.length).toBeGreaterThan(100);
  expect(refs.filter(($ref) => resolved({ $ref }) === undefined)).toEqual([]);
  const { securitySchemes: _, ...referred } = openApiFile.components;
  const components = Object.entries<JsonObject>(referred).flatMap(([kind, named]) =>
    Object.keys(named).map((name) => `#/components/${kind}/${name}`),
  );
  const seldom = /^#\/components\/headers\//; // each is there in two forms
  expect(components.filter((each) => !refs.includes(each) && !seldom.test(each))).toEqual([]);
});

/** Every `{ schema, examples }`, wherever it stands. */
function* exampled(at: JsonObject, place: readonly string[] = []): Generator<[string[], JsonObject]> {
  for (const [key, value] of Object.entries(at)) {
    if (typeof value !== 'object' || value === null) continue;
    const here = [...place, key];
    if (value.schema && (value.examples || 'example' in value)) yield [here, value];
    yield* exampled(value, here);
  }
}

test('every example is an example of its schema', () => {
  const found = [...exampled(openApiFile)];
  const checked = found.flatMap(([place, { examples, ...rest }]) =>
    Object.entries<JsonObject>(examples ?? { example: { value: rest.example } }).map(([name, example]) => ({
      name: `${place.join(' ')} ${name}`,
      faults: faultsAgainst([...place, 'schema'], resolved(example).value),
    })),
  );
  expect(checked.length).toBeGreaterThan(80);
  expect(checked.filter(({ faults }) => faults.length > 0)).toEqual([]);
});

test('an example that does not fit would be seen', () => {
  const place = ['components', 'schemas', 'AssemblyStatus'];
  const { value } = openApiFile.components.examples.status_completed;
  expect(faultsAgainst(place, value)).toEqual([]);
  expect(faultsAgainst(place, { ...value, more: 1 })).toHaveLength(1);
  expect(faultsAgainst(place, { ...value, created_at: 'yesterday' })).toHaveLength(1);
  expect(faultsAgainst(place, { ...value, status: 'done' })).toHaveLength(1);
});

describe('docs/http-api.md', () => {
  test('has every code with its status, and no other', () => {
    const rows = [...httpApi.matchAll(/^\| (\d{3}) \| `(\w+)` \|/gm)].map(
      ([, status, code]) => `${status} ${code}`,
    );
    expect(rows.sort()).toEqual(ERROR_CODES.map((code) => `${problemOf(code).status} ${code}`).sort());
  });

  test('has every route', () => {
    const written = new Set(
      [...httpApi.matchAll(/`((?:GET|POST|DELETE) \/[^`?]*)/g)].map(([, route]) => route),
    );
    const routes = ROUTES.map(({ method, path }) => `${method} ${path.replace('{assembly_id}', '{id}')}`);
    expect(routes.filter((route) => !written.has(route))).toEqual([]);
  });
});
