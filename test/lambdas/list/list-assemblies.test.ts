import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { listAssemblies } from '../../../lambdas/list/list-assemblies.ts';
import { type ListQuery, parseListQuery } from '../../../lambdas/list/list-query.ts';
import { type Assembly, epochSeconds } from '../../../lib/domain/assembly.ts';
import { isListedAs, LIST_STATUSES } from '../../../lib/domain/job-state.ts';
import { ListCursors } from '../../../lib/domain/list-cursor.ts';
import { STATUSES } from '../../../lib/domain/state-machine.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';
import { InMemoryAssemblyIndex } from '../in-memory-assembly-index.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const ADA = { userId: 'ada' };

/** A deployment's lists, over these assemblies. */
function lists(assemblies: Map<string, Assembly>) {
  const index = new InMemoryAssemblyIndex(() => assemblies.values());
  const reads = { items: 0 };
  const batch = {
    async *read(ids: readonly string[]) {
      reads.items += ids.length;
      for (const id of ids) {
        const assembly = assemblies.get(id);
        if (assembly) yield assembly;
      }
    },
  };
  const ask = (query: ListQuery, reader: { userId: string; tenantId?: string; isOperator?: boolean } = ADA) =>
    listAssemblies(
      { query, reader, language: 'en' },
      { index, batch, cursors: new ListCursors('master', reader.userId), now: () => NOW },
    );
  return { index, reads, ask };
}

const assemblyOf = (number: number, changes: Partial<Assembly> = {}): Assembly =>
  sampleAssembly({
    assembly_id: createHash('sha256').update(String(number)).digest('hex'),
    created_at: new Date(Date.UTC(2026, 1, 1) + number * 1000).toISOString(),
    ...changes,
  });
const tableOf = (assemblies: readonly Assembly[]): Map<string, Assembly> =>
  new Map(assemblies.map((assembly) => [assembly.assembly_id, assembly]));
const numbered = (count: number, changes: (number: number) => Partial<Assembly> = () => ({})) =>
  tableOf(Array.from({ length: count }, (_, number) => assemblyOf(number, changes(number))));

async function walk(
  ask: ReturnType<typeof lists>['ask'],
  query: Record<string, string>,
  { reader = ADA, between = () => {} }: { reader?: object; between?: () => void } = {},
) {
  const ids: string[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 1_000; pages++) {
    const page = await ask(parseListQuery({ ...query, ...(cursor && { cursor }) }), reader as typeof ADA);
    ids.push(...page.assemblies.map(({ assembly_id }) => assembly_id));
    cursor = page.cursor;
    if (cursor === undefined) return { ids, pages: pages + 1 };
    between();
  }
  throw new Error('The list has no end');
}

const newestFirst = (assemblies: Iterable<Assembly>): string[] =>
  [...assemblies]
    .sort((a, b) =>
      a.created_at + a.assembly_id.slice(0, 16) < b.created_at + b.assembly_id.slice(0, 16) ? 1 : -1,
    )
    .map(({ assembly_id }) => assembly_id);

/** Few values, so that many are equal; few times above all. */
const anyAssembly = fc
  .record({
    number: fc.nat(),
    second: fc.nat({ max: 4 }),
    status: fc.constantFrom(...STATUSES),
    user_id: fc.constantFrom('ada', 'ada', 'ada', 'bob'),
    template_id: fc.constantFrom('one', 'one', 'two'),
    reference: fc.constantFrom(undefined, 'r', 's'),
    next_retry_at: fc.constantFrom(undefined, '2026-02-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'),
    isExpired: fc.constantFrom(false, false, false, false, true),
  })
  .map(({ number, second, isExpired, ...changes }) =>
    assemblyOf(number, {
      ...changes,
      created_at: new Date(Date.UTC(2026, 1, 1) + second * 1000).toISOString(),
      ...(changes.status !== 'queued' && { next_retry_at: undefined }),
      expires_at: isExpired ? epochSeconds(NOW) - 1 : undefined,
    }),
  );
const anyTable = fc.array(anyAssembly, { maxLength: 40 }).map(tableOf);
const anyQuery = fc.record(
  {
    status: fc.constantFrom(...LIST_STATUSES),
    template_id: fc.constantFrom('one', 'two'),
    reference: fc.constantFrom('r', 's'),
    from: fc.nat({ max: 2 }).map((second) => `2026-02-01T00:00:0${second}Z`),
    to: fc.nat({ max: 2 }).map((second) => `2026-02-01T00:00:0${second + 2}Z`),
    limit: fc.integer({ min: 1, max: 12 }).map(String),
  },
  { requiredKeys: ['limit'] },
);

const belongs = (assembly: Assembly, { filter }: ListQuery): boolean =>
  assembly.expires_at === undefined &&
  (filter.status === undefined || isListedAs(assembly, filter.status, NOW)) &&
  (filter.templateId === undefined || assembly.template_id === filter.templateId) &&
  (filter.reference === undefined || assembly.reference === filter.reference) &&
  (filter.from === undefined || assembly.created_at >= filter.from.toISOString()) &&
  (filter.to === undefined || assembly.created_at < filter.to.toISOString());

test('page by page, whoever asks for whatever gets all of it, once, the newest first, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(anyTable, anyQuery, async (table, query) => {
      const wanted = [...table.values()].filter(
        (each) => each.user_id === 'ada' && belongs(each, parseListQuery(query)),
      );
      expect((await walk(lists(table).ask, query)).ids).toEqual(newestFirst(wanted));
    }),
  );
});

test('an operator gets those of all', async () => {
  await fc.assert(
    fc.asyncProperty(anyTable, anyQuery, async (table, { reference: _, ...rest }) => {
      const query = { template_id: 'one', ...rest, all_owners: 'true' };
      const reader = { userId: 'operator', isOperator: true };
      const wanted = [...table.values()].filter((each) => belongs(each, parseListQuery(query)));
      expect((await walk(lists(table).ask, query, { reader })).ids).toEqual(newestFirst(wanted));
    }),
  );
});

test('while others come, go and change, none is shown twice, and none is missed that stays as it is', async () => {
  const change = fc.record({
    kind: fc.constantFrom('add', 'remove', 'change'),
    assembly: anyAssembly,
    at: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(
      anyTable,
      anyQuery,
      fc.array(change, { minLength: 1 }),
      async (table, query, changes) => {
        const parsed = parseListQuery(query);
        const isWanted = (each: Assembly) => each.user_id === 'ada' && belongs(each, parsed);
        const touched = new Set<string>();
        const before = [...table.values()].filter(isWanted).map(({ assembly_id }) => assembly_id);
        let next = 0;
        const between = () => {
          const { kind, assembly, at } = changes[next++ % changes.length] as (typeof changes)[number];
          const victim = [...table.values()][at % Math.max(1, table.size)];
          if (kind === 'add' && !table.has(assembly.assembly_id)) {
            touched.add(assembly.assembly_id);
            table.set(assembly.assembly_id, assembly);
          } else if (victim && kind !== 'add') {
            touched.add(victim.assembly_id);
            if (kind === 'remove') table.delete(victim.assembly_id);
            else
              table.set(victim.assembly_id, { ...victim, status: assembly.status, next_retry_at: undefined });
          }
        };
        const { ids } = await walk(lists(table).ask, query, { between });
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids).toEqual(expect.arrayContaining(before.filter((id) => !touched.has(id))));
      },
    ),
  );
});

describe('what the index says and the assembly does not', () => {
  test('is left out', async () => {
    const table = numbered(3);
    const { ask, index } = lists(table);
    const stale = [...table.values()][1] as Assembly;
    const rows = index.read.bind(index);
    let isRead = false;
    index.read = async (...of) => {
      const found = await rows(...of);
      if (!isRead) table.set(stale.assembly_id, { ...stale, status: 'failed' });
      isRead = true;
      return found;
    };
    const status = stale.status;
    const { assemblies } = await ask(parseListQuery({ status }));
    expect(assemblies.map(({ assembly_id }) => assembly_id)).not.toContain(stale.assembly_id);
    expect(assemblies).toHaveLength(2);
  });
});

describe('what is rare', () => {
  const rare = (number: number) => ({ template_id: number === 0 ? 'rare' : 'one' });

  test('is looked for among a thousand rows at most, and found in the end', async () => {
    const { ask, index } = lists(numbered(2_500, rare));
    const page = await ask(parseListQuery({ template_id: 'rare' }));
    expect(page).toEqual({ assemblies: [], cursor: expect.any(String) });
    expect(index.rowsRead).toBe(1_000);
    expect((await walk(ask, { template_id: 'rare' })).pages).toBe(3);
  });

  test('is looked for by an operator in three hundred assemblies at most, and found in the end', async () => {
    const table = numbered(700, (number) => ({ status: number === 0 ? 'failed' : 'completed' }));
    const { ask, reads } = lists(table);
    const reader = { userId: 'operator', isOperator: true };
    const query = { all_owners: 'true', template_id: 'text-statistics', status: 'failed' };
    expect((await ask(parseListQuery(query), reader)).assemblies).toEqual([]);
    expect(reads.items).toBe(300);
    expect((await walk(ask, query, { reader })).ids).toEqual([assemblyOf(0).assembly_id]);
  });
});

describe('a first page', () => {
  test('reads as many rows as it shows, and one more', async () => {
    const { ask, index, reads } = lists(numbered(500));
    expect((await ask(parseListQuery({ limit: '20' }))).assemblies).toHaveLength(20);
    expect([index.rowsRead, reads.items]).toEqual([21, 20]);
  });

  test('that is the last one says so', async () => {
    expect(await lists(numbered(10)).ask(parseListQuery({}))).not.toHaveProperty('cursor');
    expect(await lists(numbered(11)).ask(parseListQuery({}))).toHaveProperty('cursor');
  });
});

describe('with a page', () => {
  const paged = async (
    count: number,
    query: Record<string, string>,
    changes?: (n: number) => Partial<Assembly>,
  ) => {
    const { ask, index } = lists(numbered(count, changes));
    return { ...(await ask(parseListQuery(query))), rowsRead: index.rowsRead };
  };

  test('it is that one, of so many, and each row is read once', async () => {
    const { assemblies, pagination, rowsRead } = await paged(55, { page: '6' });
    expect(assemblies.map(({ assembly_id }) => assembly_id)).toEqual(
      [4, 3, 2, 1, 0].map((number) => assemblyOf(number).assembly_id),
    );
    expect(pagination).toEqual({ total: 55, total_exact: true, page: 6, limit: 10, pages: 6 });
    expect(rowsRead).toBe(55);
  });

  test.each([
    [0, { total: 0, total_exact: true, pages: 0 }],
    [10_000, { total: 10_000, total_exact: true, pages: 100 }],
    [10_001, { total: 10_000, total_exact: false, pages: 100 }],
    [10_500, { total: 10_000, total_exact: false, pages: 100 }],
  ])('of %i it counts as far as that goes', async (count, expected) => {
    const { pagination, rowsRead } = await paged(count, { page: '1', limit: '100' });
    expect(pagination).toMatchObject(expected);
    expect(rowsRead).toBeLessThanOrEqual(10_001);
  });

  test('past the last one it is empty', async () => {
    expect(await paged(5, { page: '2' })).toMatchObject({
      assemblies: [],
      pagination: { total: 5, pages: 1 },
    });
  });

  test('of what is rare it says that it has not counted all', async () => {
    const { pagination } = await paged(10_200, { page: '1', template_id: 'rare' }, (number) => ({
      template_id: number === 10_100 ? 'rare' : 'one',
    }));
    expect(pagination).toMatchObject({ total: 1, total_exact: false });
  });

  test('the cursor of the last page that can be counted goes on', async () => {
    const { ask } = lists(numbered(10_050));
    const { cursor } = await ask(parseListQuery({ page: '100', limit: '100' }));
    const rest = await ask(parseListQuery({ cursor, limit: '100' }));
    expect(rest.assemblies.map(({ assembly_id }) => assembly_id)).toEqual(
      Array.from({ length: 50 }, (_, number) => assemblyOf(49 - number).assembly_id),
    );
  });
});
