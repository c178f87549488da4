import type { Assembly } from '../../lib/domain/assembly.ts';
import {
  type AssembliesPage,
  type ListedAssembly,
  listAssembly,
  MAX_PAGED_ROWS,
} from '../../lib/domain/assembly-list.ts';
import { isListedAs } from '../../lib/domain/job-state.ts';
import type { Language } from '../../lib/domain/language.ts';
import type { ListCursors } from '../../lib/domain/list-cursor.ts';
import { type Owner, type Sight, sightOf } from '../../lib/domain/owner.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { AssemblyIndex, IndexRow } from '../shared/assembly-index.ts';
import { type ReadAssembliesDependencies, readAssemblies } from '../shared/read-assemblies.ts';
import type { ListFilter, ListQuery } from './list-query.ts';
import { MergedRows } from './merged-rows.ts';
import { type Ranges, rangesOf } from './ranges-of.ts';

export interface Reader extends Owner {
  readonly isOperator?: boolean;
}

export interface ListDependencies extends ReadAssembliesDependencies {
  readonly index: Pick<AssemblyIndex, 'read'>;
  readonly cursors: ListCursors;
}

/**
 * What one request reads at most to find what is rare: a thousand rows are some 30 read units, and three hundred assemblies
 * at least 150. A short page with a cursor is a right answer.
 */
const MAX_ROWS = 1_000;
const MAX_ASSEMBLIES = 300;
/** What one BatchGetItem reads. */
const BATCH = 100;

/**
 * A page of the reader's assemblies, or with `allOwners` of those of a template, the newest first. The index says which, and
 * the assemblies themselves whether it is still so: what is not, or no longer, part of the list is left out.
 * @throws WaybillError `insufficient_scope`, `invalid_request` for a cursor of another list, `unavailable`
 */
export async function listAssemblies(
  { query, reader, language }: { query: ListQuery; reader: Reader; language: Language },
  dependencies: ListDependencies,
): Promise<AssembliesPage> {
  const { filter, allOwners, limit, cursor, page } = query;
  if (allOwners && !reader.isOperator)
    throw new WaybillError('insufficient_scope', 'Only operators list what others have submitted.');
  const { cursors, index, now } = dependencies;
  const time = now();
  const list = nameOf(query, reader);
  const after = cursor === undefined ? undefined : parsePosition(cursors, list, cursor);
  const ranges = rangesOf({ reader, allOwners, filter, after }, time);
  const sight = allOwners ? sightOf(reader) : sightOf({ ...reader, isOperator: false });
  const of = { ranges, sight, filter, limit, time, language };
  const found =
    page === undefined
      ? await nextPage(of, dependencies)
      : await numberedPage({ ...of, page }, { ...dependencies, index });
  return {
    assemblies: found.assemblies,
    ...(found.rest !== undefined && { cursor: cursors.cursor(list, found.rest) }),
    ...(found.pagination && { pagination: found.pagination }),
  };
}

/** All that makes it another list. Not the size of its pages: that may change on the way. */
const nameOf = ({ allOwners, filter }: ListQuery, { tenantId, userId }: Reader): readonly unknown[] => [
  'assemblies',
  tenantId ?? null,
  userId,
  allOwners,
  filter.status ?? null,
  filter.templateId ?? null,
  filter.reference ?? null,
  filter.from?.toISOString() ?? null,
  filter.to?.toISOString() ?? null,
];

function parsePosition(cursors: ListCursors, list: readonly unknown[], cursor: string): string {
  const position = cursors.positionOf(list, cursor);
  if (position !== undefined) return position;
  throw new WaybillError(
    'invalid_request',
    '"cursor" must be one that a page of this list has given: with the same filters, to the same user.',
  );
}

interface Wanted {
  readonly ranges: Ranges;
  readonly sight: Sight;
  readonly filter: ListFilter;
  readonly limit: number;
  readonly time: Date;
  readonly language: Language;
}

interface Found {
  readonly assemblies: ListedAssembly[];
  /** The place after which the list goes on. */
  readonly rest: string | undefined;
  readonly pagination?: AssembliesPage['pagination'];
}

async function nextPage(wanted: Wanted, dependencies: ListDependencies): Promise<Found> {
  const { ranges, statusUnknown } = wanted.ranges;
  const batch = statusUnknown ? BATCH : wanted.limit;
  // One row more tells whether there is another page.
  const first = Math.ceil(batch / ranges.length) + 1;
  const rows = new MergedRows(ranges, dependencies.index, { most: MAX_ROWS, first });
  const assemblies: ListedAssembly[] = [];
  for (let read = 0; read < MAX_ASSEMBLIES; ) {
    const missing = wanted.limit - assemblies.length;
    const taken = await rows.take(statusUnknown ? BATCH : missing);
    if (taken.length === 0) break;
    read += taken.length;
    const fitting = await fittingOf(taken, wanted, dependencies);
    assemblies.push(...fitting.slice(0, missing).map(({ shown }) => shown));
    // What else fits belongs to the next page.
    if (fitting.length > missing) return { assemblies, rest: fitting[missing - 1]?.row.position };
    if (fitting.length === missing) break;
  }
  return { assemblies, rest: rows.rest };
}

/** Counts all rows, as far as that goes: each is read once, whichever page it is. */
async function numberedPage(
  { page, ...wanted }: Wanted & { readonly page: number },
  dependencies: ListDependencies,
): Promise<Found> {
  const { ranges, limit } = wanted;
  // One row more tells whether all were counted.
  const most = MAX_PAGED_ROWS + 1;
  const merged = new MergedRows(ranges.ranges, dependencies.index, { most, first: most });
  const rows = await merged.take(most);
  const total = Math.min(rows.length, MAX_PAGED_ROWS);
  const end = page * limit;
  const pageRows = rows.slice(end - limit, Math.min(end, total));
  const fitting = await fittingOf(pageRows, wanted, dependencies);
  return {
    assemblies: fitting.map(({ shown }) => shown),
    rest: end < rows.length ? pageRows.at(-1)?.position : merged.rest,
    pagination: {
      total,
      total_exact: rows.length === total && merged.rest === undefined,
      page,
      limit,
      pages: Math.ceil(total / limit),
    },
  };
}

interface Fitting {
  readonly row: IndexRow;
  readonly shown: ListedAssembly;
}

/** Those of the rows whose assembly is what the row says, and what is asked for. */
async function fittingOf(
  rows: readonly IndexRow[],
  { ranges, sight, filter, time, language }: Wanted,
  dependencies: ListDependencies,
): Promise<Fitting[]> {
  const fits = ({ status, next_retry_at, template_id, reference, created_at }: Assembly): boolean =>
    (filter.status === undefined || isListedAs({ status, next_retry_at }, filter.status, time)) &&
    (filter.templateId === undefined || template_id === filter.templateId) &&
    (filter.reference === undefined || reference === filter.reference) &&
    (filter.from === undefined || Date.parse(created_at) >= filter.from.getTime()) &&
    (filter.to === undefined || Date.parse(created_at) < filter.to.getTime());
  // An assembly can have 400 KB, and a hundred of them are held at once: only what is shown is.
  const found = new Map<string, ListedAssembly>();
  const assemblyIds = rows.map(({ assemblyId }) => assemblyId);
  // Where the index knows nothing of the status, most may have another, and a second look at each would show the same.
  const isWanted = ranges.statusUnknown ? undefined : fits;
  for await (const assembly of readAssemblies({ assemblyIds, sight, isWanted }, dependencies))
    if (fits(assembly)) found.set(assembly.assembly_id, listAssembly(assembly, { now: time, language }));
  return rows.flatMap((row) => {
    const shown = found.get(row.assemblyId);
    return shown ? [{ row, shown }] : [];
  });
}
