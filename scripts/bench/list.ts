import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { listAssemblies } from '../../lambdas/list/list-assemblies.ts';
import { parseListQuery } from '../../lambdas/list/list-query.ts';
import { AssemblyBatch } from '../../lambdas/shared/assembly-batch.ts';
import { AssemblyIndex } from '../../lambdas/shared/assembly-index.ts';
import { systemClock } from '../../lambdas/shared/clock.ts';
import { LIST_STATUSES } from '../../lib/domain/job-state.ts';
import { ListCursors } from '../../lib/domain/list-cursor.ts';
import { startLocalWaybill } from '../local-waybill.ts';
import { countingReads, type ReadCount } from './counting-reads.ts';
import { fillTable } from './fill-table.ts';
import { createdAt, FREQUENT, listRows, OWNER, positionOf, RARE, REFERENCE } from './list-rows.ts';
import { privateDocuments } from './private-documents.ts';
import { scratchTable } from './scratch-table.ts';

/** What a page took, and how many it showed. */
export interface PageCost extends ReadCount {
  readonly shown: number;
}

export interface ListCase {
  readonly name: string;
  /** By the numbers of jobs, in the order of `sizes`: the first page, one from the middle of the list, and the last. */
  readonly pages: readonly (readonly PageCost[])[];
}

export interface ListFigures {
  readonly sizes: readonly number[];
  readonly limit: number;
  readonly cases: readonly ListCase[];
}

const SIZES = [1_000, 10_000, 100_000] as const;
const FULL_SIZES = [...SIZES, 1_000_000] as const;
/** As without the parameter. */
const LIMIT = 10;

interface Asked {
  readonly name: string;
  readonly query: Readonly<Record<string, string>>;
}

const time = { from: createdAt(100), to: createdAt(900) };
const CASES: readonly Asked[] = [
  { name: 'all', query: {} },
  ...LIST_STATUSES.map((status) => ({ name: `status=${status}`, query: { status } })),
  { name: 'a frequent template', query: { template_id: FREQUENT } },
  { name: 'a rare template', query: { template_id: RARE } },
  { name: 'a time range', query: time },
  { name: 'a reference', query: { reference: REFERENCE } },
  { name: 'status and template', query: { status: 'failed', template_id: FREQUENT } },
  { name: 'status, rare template', query: { status: 'completed', template_id: RARE } },
  { name: 'status, template and time', query: { status: 'failed', template_id: FREQUENT, ...time } },
  { name: 'operator, template', query: { all_owners: 'true', template_id: FREQUENT } },
  {
    name: 'operator, template and status',
    query: { all_owners: 'true', template_id: FREQUENT, status: 'completed' },
  },
  {
    name: 'operator, template and rare status',
    query: { all_owners: 'true', template_id: FREQUENT, status: 'partial' },
  },
  { name: 'page=1', query: { page: '1' } },
  { name: 'page=1000', query: { page: '1000' } },
];

/** Gives one owner ever more jobs, and asks at each size what a page of each list consumes. */
export async function list({ full = false }: { readonly full?: boolean } = {}): Promise<ListFigures> {
  const waybill = await startLocalWaybill();
  const documents = privateDocuments(waybill);
  try {
    const table = await scratchTable(documents.client, waybill.local.tables.jobs);
    const sizes = full ? FULL_SIZES : SIZES;
    const pages = CASES.map((): PageCost[][] => []);
    let filled = 0;
    for (const jobs of sizes) {
      await fillTable(documents.client, table, listRows({ from: filled, to: jobs }));
      filled = jobs;
      for (const [index, asked] of CASES.entries())
        pages[index]?.push(await pagesOf(asked, jobs, { client: documents.client, table }));
    }
    return {
      sizes,
      limit: LIMIT,
      cases: CASES.map(({ name }, index) => ({ name, pages: pages[index] ?? [] })),
    };
  } finally {
    documents.stop();
    await waybill.stop();
  }
}

interface Place {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
}

/** The pages after those jobs are where a walk would come by; only the first where pages are numbered. */
async function pagesOf({ query }: Asked, jobs: number, place: Place): Promise<PageCost[]> {
  const afters = 'page' in query ? [undefined] : [undefined, Math.floor(jobs / 2), LIMIT];
  const costs: PageCost[] = [];
  for (const after of afters) costs.push(await costOfPage(query, after, place));
  return costs;
}

async function costOfPage(
  query: Readonly<Record<string, string>>,
  after: number | undefined,
  { client, table }: Place,
): Promise<PageCost> {
  const reader = { ...OWNER, isOperator: true };
  const cursors = new AtPlace(after === undefined ? undefined : positionOf(after));
  const counted = countingReads(client);
  try {
    const { assemblies } = await listAssemblies(
      {
        query: { ...parseListQuery(query), ...(after !== undefined && { cursor: '' }) },
        reader,
        language: 'en',
      },
      {
        index: new AssemblyIndex(client, table),
        batch: new AssemblyBatch(client, table, systemClock.pause),
        cursors,
        now: systemClock.now,
      },
    );
    return { ...counted.count(), shown: assemblies.length };
  } finally {
    counted.stop();
  }
}

/** Any cursor is one of that place: to sign it is no part of what is measured. */
class AtPlace extends ListCursors {
  private readonly place: string | undefined;

  constructor(place: string | undefined) {
    super('', '');
    this.place = place;
  }

  override positionOf(): string | undefined {
    return this.place;
  }
}
