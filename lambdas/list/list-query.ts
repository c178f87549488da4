import * as z from 'zod';
import { MAX_PAGED_ROWS } from '../../lib/domain/assembly-list.ts';
import { LIST_STATUSES, type ListStatus } from '../../lib/domain/job-state.ts';
import { TEMPLATE_ID } from '../../lib/domain/template-registry.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { wellFormed } from '../../lib/domain/well-formed.ts';
import { parseFlag, parseLimit, parseOneOf, parseWholeNumber } from '../shared/parse-request.ts';

/** Which assemblies, of those that the reader may list. */
export interface ListFilter {
  readonly status?: ListStatus;
  readonly templateId?: string;
  readonly reference?: string;
  /** Created then or later. */
  readonly from?: Date;
  /** Created before. */
  readonly to?: Date;
}

export interface ListQuery {
  readonly filter: ListFilter;
  /** As an operator: those of all owners. */
  readonly allOwners: boolean;
  readonly limit: number;
  readonly cursor?: string;
  readonly page?: number;
}

/** Seed 002's ten where nothing else is said, and what DynamoDB reads at once. */
const LIMITS = { most: 100, otherwise: 10 };

const PARAMETERS = new Set([
  ...['status', 'template_id', 'reference', 'from', 'to'],
  ...['all_owners', 'limit', 'cursor', 'page'],
]);
const reference = wellFormed.min(1).max(128);
const isoTime = z.iso.datetime({ offset: true });

/** @throws WaybillError `invalid_request` */
export function parseListQuery(query: Readonly<Record<string, string | undefined>>): ListQuery {
  // A filter that is misspelt would list everything.
  if (Object.keys(query).some((name) => !PARAMETERS.has(name)))
    throw refused(`A list has the parameters ${[...PARAMETERS].join(', ')}, and no other.`);
  const parsed: ListQuery = {
    filter: {
      status: parseOneOf('status', query.status, LIST_STATUSES),
      templateId: parseText('template_id', query.template_id, (text) => TEMPLATE_ID.test(text)),
      reference: parseText('reference', query.reference, (text) => reference.safeParse(text).success),
      from: parseTime('from', query.from),
      to: parseTime('to', query.to),
    },
    allOwners: parseFlag('all_owners', query.all_owners),
    limit: parseLimit(query.limit, LIMITS),
    cursor: query.cursor,
    page: parseWholeNumber('page', query.page),
  };
  assertTogether(parsed);
  return parsed;
}

function assertTogether({ filter, allOwners, limit, cursor, page }: ListQuery): void {
  const { status, from, to, reference, templateId } = filter;
  if (from && to && from > to) throw refused('"from" must not be later than "to".');
  if (page !== undefined && cursor !== undefined) throw refused('"page" and "cursor" do not go together.');
  if (page !== undefined && page * limit > MAX_PAGED_ROWS)
    throw refused(
      `"page" goes as far as assembly ${MAX_PAGED_ROWS}. Take the "cursor" of a page to go on from there.`,
    );
  if (page !== undefined && reference !== undefined && status !== undefined)
    throw refused('"page" does not go together with both "reference" and "status": take the "cursor".');
  if (!allOwners) return;
  if (templateId === undefined) throw refused('"all_owners" needs a "template_id".');
  if (page !== undefined) throw refused('"all_owners" has no "page": take the "cursor".');
  if (reference !== undefined) throw refused('"all_owners" does not go together with "reference".');
}

function parseText(
  name: string,
  text: string | undefined,
  isGood: (text: string) => boolean,
): string | undefined {
  if (text === undefined || isGood(text)) return text;
  throw refused(`"${name}" does not have the form of one.`);
}

/** Years of four digits: only those sort as the times do. */
function parseTime(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(isoTime.safeParse(text).success ? text : Number.NaN);
  if (!Number.isNaN(time.getTime()) && /^\d{4}-/.test(time.toISOString())) return time;
  throw refused(`"${name}" must be a time as 2026-11-21T12:00:00Z.`);
}

const refused = (detail: string): WaybillError => new WaybillError('invalid_request', detail);
