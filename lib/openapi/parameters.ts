import { LANGUAGES } from '../domain/language.ts';
import { SUBMISSION_STATUSES } from '../domain/submission.ts';
import { LIST_PARAMETERS } from './list-parameters.ts';
import type { Parameter } from './parameter.ts';

const assemblyId = { type: 'string', pattern: '^[0-9a-f]{64}$' } as const;
const wholeNumber = { type: 'integer', minimum: 1, maximum: 999_999_999_999_999 } as const;

/** What requests carry beside a body. */
export const PARAMETERS = {
  ...LIST_PARAMETERS,
  assembly_id: {
    name: 'assembly_id',
    in: 'path',
    required: true,
    description: 'The id, as the submission was answered with it.',
    schema: assemblyId,
  },
  assemblyId: {
    name: 'assemblyId',
    in: 'query',
    required: true,
    description:
      'The id, as the submission was answered with it; with `batch=true`, up to 100 with commas. The gateway takes some 10 KB ' +
      'for address and headers together: with a long token, `POST /assemblies/batch-status` has more room.',
    schema: { type: 'string', pattern: '^[0-9a-f]{64}(,[0-9a-f]{64}){0,99}$' },
    example: 'a0'.repeat(32),
  },
  batch: {
    name: 'batch',
    in: 'query',
    description: 'Answers as `POST /assemblies/batch-status` does. Not together with `min_version`.',
    schema: { type: 'string', enum: ['true', 'false'], default: 'false' },
  },
  'x-site-id': {
    name: 'X-Site-Id',
    in: 'header',
    description: 'Where tenants are on: that of the token. A deployment may make it mandatory.',
    schema: { type: 'string' },
    example: 'acme',
  },
  result_id: {
    name: 'result_id',
    in: 'path',
    required: true,
    description: 'The `id` of a result, from the status.',
    schema: { type: 'string', pattern: '^\\d{1,9}-\\d{1,9}$' },
    example: '1-1',
  },
  min_version: {
    name: 'min_version',
    in: 'query',
    description:
      'A version that the caller has heard of already: where the first look shows less, a second one decides.',
    schema: wholeNumber,
  },
  attempt: {
    name: 'attempt',
    in: 'query',
    description:
      'The attempt that is to be repeated. With it, the request can be sent twice and starts one attempt.',
    schema: wholeNumber,
  },
  exp: {
    name: 'exp',
    in: 'query',
    description: 'Of the `ssl_url`: until when the link holds, in seconds since 1970. It goes with `sig`.',
    schema: { type: 'string', pattern: '^\\d{1,12}$' },
  },
  submission_status: {
    name: 'status',
    in: 'query',
    description: 'Only those in this status.',
    schema: { type: 'string', enum: [...SUBMISSION_STATUSES] },
  },
  limit_of_submissions: {
    name: 'limit',
    in: 'query',
    description: 'How many at most.',
    schema: { type: 'integer', minimum: 1, maximum: 100, default: 50 },
  },
  limit: {
    name: 'limit',
    in: 'query',
    description: 'How many at most.',
    schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
  },
  cursor: {
    name: 'cursor',
    in: 'query',
    description: 'The `cursor` of the page before.',
    schema: { type: 'string' },
  },
  version: {
    name: 'v',
    in: 'query',
    description: 'The version that the page names: with it, the file can be kept for good.',
    schema: { type: 'string' },
  },
  'accept-language': {
    name: 'Accept-Language',
    in: 'header',
    description: `The language of the sentences in the status: ${LANGUAGES.join(' or ')}, and ${LANGUAGES[0]} for all others.`,
    schema: { type: 'string' },
    example: 'fr-CA, en;q=0.5',
  },
  'if-none-match': {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `ETag` of an answer: 304 as long as it would be the same.',
    schema: { type: 'string' },
  },
} as const satisfies Record<string, Parameter>;

export type ParameterName = keyof typeof PARAMETERS;

export const parameterRef = (name: ParameterName): object => ({ $ref: `#/components/parameters/${name}` });
