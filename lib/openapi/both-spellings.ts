import { CAMEL_CASE } from '../domain/status-update.ts';
import type { JsonSchema } from './schemas.ts';

/** What zod checks in code: the members of one kind of end, refused with another. */
const ONLY_WITH: readonly { readonly statuses: readonly string[]; readonly members: readonly string[] }[] = [
  { statuses: ['failed'], members: ['error', 'error_code', 'error_category', 'error_details'] },
  { statuses: ['completed', 'partial'], members: ['result'] },
];

/** The schema of the status update with what stands around it: a name may be written in camelCase, but not twice. */
export function bothSpellings(schema: JsonSchema): JsonSchema {
  const properties = schema.properties ?? {};
  const pairs = Object.entries(CAMEL_CASE);
  const spellings = pairs.map(([camel, snake]) => {
    const { description: _, ...same } = properties[snake] as JsonSchema;
    return [camel, { ...same, description: `\`${snake}\` in another spelling; not both.` }];
  });
  const camelOf = new Map(pairs.map(([camel, snake]) => [snake, camel]));
  const refused = (members: readonly string[]): JsonSchema => ({
    type: 'object',
    properties: Object.fromEntries(
      members.flatMap((name) => [name, camelOf.get(name) ?? name]).map((name) => [name, false]),
    ),
  });
  return {
    ...schema,
    properties: { ...properties, ...Object.fromEntries(spellings) },
    dependentSchemas: Object.fromEntries(
      pairs.map(([camel, snake]) => [camel, { type: 'object', properties: { [snake]: false } }]),
    ),
    allOf: ONLY_WITH.map(({ statuses, members }) => ({
      if: { type: 'object', properties: { status: { enum: [...statuses] } } },
      else: refused(members),
    })),
  };
}
