import { MAX_PAGED_ROWS } from '../domain/assembly-list.ts';
import { LIST_STATUSES } from '../domain/job-state.ts';
import { TEMPLATE_ID } from '../domain/template-registry.ts';
import type { Parameter } from './parameter.ts';

/** What `GET /assemblies` can be asked for. */
export const LIST_PARAMETERS = {
  list_status: {
    name: 'status',
    in: 'query',
    description:
      'Only those in this status. Or in one of three states: `waiting` for files or a worker, `active` (`processing`), `delayed` ' +
      'until the next run after an error that may pass.',
    schema: { type: 'string', enum: [...LIST_STATUSES] as string[] },
  },
  template_id: {
    name: 'template_id',
    in: 'query',
    description: 'Only those of this template.',
    schema: { type: 'string', pattern: TEMPLATE_ID.source },
  },
  reference: {
    name: 'reference',
    in: 'query',
    description: 'Only those that were submitted with this very `reference`.',
    schema: { type: 'string', minLength: 1, maxLength: 128 },
  },
  from: {
    name: 'from',
    in: 'query',
    description: 'Only those that were created then or later.',
    schema: { type: 'string', format: 'date-time' },
    example: '2026-11-21T00:00:00Z',
  },
  to: {
    name: 'to',
    in: 'query',
    description: 'Only those that were created before. Not earlier than `from`.',
    schema: { type: 'string', format: 'date-time' },
    example: '2026-11-22T00:00:00Z',
  },
  limit_of_assemblies: {
    name: 'limit',
    in: 'query',
    description: 'How many at most.',
    schema: { type: 'integer', minimum: 1, maximum: 100, default: 10 },
  },
  page: {
    name: 'page',
    in: 'query',
    description:
      `The number of the page, from 1, as far as assembly ${MAX_PAGED_ROWS}; with it come the totals, for which all of them are ` +
      'read. Not together with `cursor` or `all_owners`, nor with both `reference` and `status`.',
    schema: { type: 'integer', minimum: 1, maximum: MAX_PAGED_ROWS },
  },
  all_owners: {
    name: 'all_owners',
    in: 'query',
    description:
      'For operators, whose token has the scope `waybill:operator`: those of `template_id`, which it needs, whoever submitted ' +
      'them. Not together with `reference`.',
    schema: { type: 'string', enum: ['true', 'false'], default: 'false' },
  },
} as const satisfies Record<string, Parameter>;
