import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const FILE = join(import.meta.dirname, '../../docs/openapi.json');

// biome-ignore lint/suspicious/noExplicitAny: a JSON document, walked by pointers
export type JsonObject = Record<string, any>;

/** The committed document. */
export const openApiFile: JsonObject = JSON.parse(readFileSync(FILE, 'utf8'));

const ajv = new Ajv2020({ strict: true, allErrors: true });
// In the CommonJS of ajv-formats, the function is the default of the default.
(addFormats as unknown as { default: typeof addFormats.default }).default(ajv);
// References lead through the document itself, which is no schema: its members say nothing of a value.
ajv.addVocabulary(Object.keys(openApiFile));
ajv.addSchema(openApiFile, 'openapi', false);

/** `['paths', '/status', …]` as a pointer within the document. */
const pointer = (path: readonly string[]): string =>
  path.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

const compiled = new Map<string, ValidateFunction>();

/** What the schema at that place has against the value: nothing, or a line each. */
export function faultsAgainst(place: readonly string[], value: unknown): string[] {
  const ref = `openapi#${pointer(place)}`;
  const validate = compiled.get(ref) ?? ajv.compile({ $ref: ref });
  compiled.set(ref, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  );
}

/** The object that a `$ref` names, or the object itself. */
export function resolved(object: JsonObject): JsonObject {
  if (typeof object.$ref !== 'string') return object;
  const parts = object.$ref.replace('#/', '').split('/');
  return parts.reduce((at, part) => at[part.replaceAll('~1', '/').replaceAll('~0', '~')], openApiFile);
}
