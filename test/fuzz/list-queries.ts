import * as fc from 'fast-check';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { LIST_STATUSES } from '../../lib/domain/job-state.ts';
import { ListCursors } from '../../lib/domain/list-cursor.ts';
import { listPosition } from '../../lib/domain/list-keys.ts';
import { oddString } from './odd-json.ts';

const odd = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<T | string> =>
  fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: oddString });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 });

const time = fc.constantFrom(
  ...[
    '1970-01-01T00:00:00Z',
    '2026-11-21T12:00:00.000Z',
    '9999-12-31T23:59:59-23:59',
    '0000-01-01T00:00:00Z',
  ],
  ...['2026-11-21', '2026-02-30T00:00:00Z', '2026-11-21T12:00:00 01:00', '+010000-01-01T00:00:00Z', 'now'],
);

/** What `GET /assemblies` may be asked, mostly so that it answers. */
export const listQueryOf = (
  stored: Assembly,
  { master }: { readonly master: string },
): fc.Arbitrary<{ query: Record<string, string> }> =>
  fc
    .record({
      status: maybe(odd(fc.constantFrom(...LIST_STATUSES))),
      template_id: maybe(odd(fc.constantFrom(stored.template_id, 'human-review', '0', 'none'))),
      reference: maybe(odd(fc.constantFrom(stored.reference ?? 'r', ''))),
      from: maybe(odd(time)),
      to: maybe(odd(time)),
      limit: maybe(odd(fc.constantFrom('1', '2', '100', '101', '0', '1,2'))),
      page: fc.option(odd(fc.constantFrom('1', '2', '100', '10001', '0')), { nil: undefined, freq: 1 }),
      all_owners: fc.option(fc.constantFrom('true', 'false', ''), { nil: undefined, freq: 1 }),
      cursor: fc.constantFrom('none', 'none', 'none', 'own', 'odd', 'long'),
      text: oddString,
    })
    .map(({ cursor, text, ...filters }) => {
      // Good for the list without filters, if it is that of the one who asks.
      const list = ['assemblies', null, stored.user_id, false, null, null, null, null, null];
      const cursors: Record<string, string | undefined> = {
        own: new ListCursors(master, stored.user_id).cursor(list, listPosition(stored)),
        odd: text,
        long: 'A'.repeat(9_000),
      };
      const query = Object.entries({ ...filters, cursor: cursors[cursor] });
      return {
        query: Object.fromEntries(query.filter((entry): entry is [string, string] => entry[1] !== undefined)),
      };
    });
