import { CAMEL_CASE, SUBMISSION_CAMEL_CASE } from '../domain/status-update.ts';
import type { JsonSchema } from './schemas.ts';

/** Members that go with some statuses, and are refused with another. */
interface Rule {
  readonly statuses: readonly string[];
  readonly members: readonly string[];
}

/** What zod checks in code, of a schema with a `status`. */
export interface Spelling {
  /** Other names of members, and what they are here. */
  readonly names: Readonly<Record<string, string>>;
  readonly onlyWith: readonly Rule[];
}

export const UPDATE_SPELLING: Spelling = {
  names: CAMEL_CASE,
  onlyWith: [
    { statuses: ['failed'], members: ['error', 'error_code', 'error_category', 'error_details'] },
    { statuses: ['completed', 'partial'], members: ['result'] },
  ],
};

export const RESULT_SPELLING: Spelling = {
  names: SUBMISSION_CAMEL_CASE,
  onlyWith: [
    { statuses: ['submitted'], members: ['confirmation', 'submitted_at'] },
    { statuses: ['failed', 'rate_limited'], members: ['error', 'error_code', 'error_details'] },
    { statuses: ['rate_limited'], members: ['next_retry_at'] },
  ],
};

/** The schema with what stands around it: a member may be written in each of its spellings, but in one of them only. */
export function bothSpellings(schema: JsonSchema, { names, onlyWith }: Spelling): JsonSchema {
  const { properties = {}, required = [] } = schema;
  const others = Object.entries(names);
  const spellingsOf = (member: string): string[] => [
    member,
    ...others.filter(([, name]) => name === member).map(([other]) => other),
  ];
  const refused = (members: readonly string[]): JsonSchema => ({
    type: 'object',
    properties: Object.fromEntries(members.map((name) => [name, false])),
  });
  const allOf: JsonSchema[] = [
    // What is needed is needed in one of its spellings.
    ...required
      .map(spellingsOf)
      .filter((spellings) => spellings.length > 1)
      .map((spellings) => ({
        anyOf: spellings.map((name) => ({
          type: 'object' as const,
          properties: { [name]: true },
          required: [name],
        })),
      })),
    ...onlyWith.map(({ statuses, members }) => ({
      if: { type: 'object' as const, properties: { status: { enum: [...statuses] } } },
      else: refused(members.flatMap(spellingsOf)),
    })),
  ];
  return {
    ...schema,
    properties: {
      ...properties,
      ...Object.fromEntries(
        others.map(([other, name]) => {
          const { description: _, ...same } = properties[name] as JsonSchema;
          return [other, { ...same, description: `\`${name}\` in another spelling; not both.` }];
        }),
      ),
    },
    required: required.filter((name) => spellingsOf(name).length === 1),
    dependentSchemas: Object.fromEntries(
      others.map(([other, name]) => [other, refused(spellingsOf(name).filter((each) => each !== other))]),
    ),
    allOf,
  };
}
