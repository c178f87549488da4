import type { Assembly } from '../../lib/domain/assembly.ts';

/**
 * Free-form JSON is stored as text: DynamoDB's own maps hold neither 1e200 nor 33 levels, and a status is read far more
 * often than anything looks inside.
 */
const JSON_ATTRIBUTES = [
  'fields',
  'uploads',
  'received',
  'results',
  'file_errors',
  'result',
  'error',
] as const satisfies readonly (keyof Assembly)[];

export const toItem = (assembly: Partial<Assembly>): Record<string, unknown> =>
  mapJsonAttributes(assembly as Record<string, unknown>, JSON.stringify);

export const fromItem = (item: Record<string, unknown>): Assembly =>
  mapJsonAttributes(item, (value) => JSON.parse(String(value))) as unknown as Assembly;

function mapJsonAttributes(
  record: Record<string, unknown>,
  map: (value: unknown) => unknown,
): Record<string, unknown> {
  const mapped = { ...record };
  for (const name of JSON_ATTRIBUTES) if (mapped[name] !== undefined) mapped[name] = map(mapped[name]);
  return mapped;
}
