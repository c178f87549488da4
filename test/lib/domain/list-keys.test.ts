import * as fc from 'fast-check';
import {
  idShard,
  listPosition,
  ownerKey,
  ownerReferenceKey,
  ownerStatusKey,
  templateShardKey,
} from '../../../lib/domain/list-keys.ts';
import { STATUSES } from '../../../lib/domain/state-machine.ts';

const tricky = fc.constantFrom(
  '',
  '/',
  '"',
  '\\',
  ',',
  'null',
  '["a","b"]',
  'a","b',
  'reference',
  'queued',
  '0',
);
const name = fc.oneof(
  fc.string({ minLength: 1 }),
  tricky,
  fc.array(tricky).map((parts) => parts.join('')),
);
const owner = fc.record({ tenant_id: fc.option(name, { nil: undefined }), user_id: name });
const status = fc.constantFrom(...STATUSES);

test('no two keys are the same unless all that they are made of is', () => {
  const part = fc.oneof(
    fc.tuple(fc.constant('owner'), owner, fc.constant('')),
    fc.tuple(fc.constant('status'), owner, status),
    fc.tuple(fc.constant('reference'), owner, name),
  );
  const keyOf = ([kind, whose, what]: [
    string,
    { tenant_id: string | undefined; user_id: string },
    string,
  ]) => {
    if (kind === 'owner') return ownerKey(whose);
    return kind === 'status'
      ? ownerStatusKey(whose, what as (typeof STATUSES)[number])
      : ownerReferenceKey(whose, what);
  };
  fc.assert(
    fc.property(part, part, (one, other) => {
      const [, oneOwner, oneWhat] = one;
      const [, otherOwner, otherWhat] = other;
      const isSame =
        one[0] === other[0] &&
        oneOwner.tenant_id === otherOwner.tenant_id &&
        oneOwner.user_id === otherOwner.user_id &&
        oneWhat === otherWhat;
      expect(keyOf(one) === keyOf(other)).toBe(isSame);
    }),
    {
      examples: [
        [
          ['owner', { tenant_id: 'a', user_id: 'b/c' }, ''],
          ['owner', { tenant_id: 'a/b', user_id: 'c' }, ''],
        ],
        [
          ['owner', { tenant_id: undefined, user_id: 'null","b' }, ''],
          ['owner', { tenant_id: 'null', user_id: 'b' }, ''],
        ],
        [
          ['status', { tenant_id: undefined, user_id: 'ada' }, 'queued'],
          ['reference', { tenant_id: undefined, user_id: 'ada' }, 'queued'],
        ],
      ],
    },
  );
});

test('templates of two tenants, and of none, are kept apart', () => {
  const keys = [undefined, 'north', 'south'].map((tenant_id) =>
    templateShardKey({ tenant_id, template_id: 'thumbnails' }, '0'),
  );
  expect(new Set(keys).size).toBe(3);
});

test('a later assembly has a higher place, and of one millisecond each has its own', () => {
  const id = (digit: string) => digit.repeat(64);
  const place = (created_at: string, digit: string) => listPosition({ created_at, assembly_id: id(digit) });
  const places = [
    place('2026-01-01T00:00:00.000Z', 'f'),
    place('2026-01-01T00:00:00.001Z', '0'),
    place('2026-01-01T00:00:00.001Z', '1'),
    place('2026-11-01T00:00:00.000Z', '0'),
  ];
  expect([...new Set(places)].sort()).toEqual(places);
  expect(idShard(id('c'))).toBe('c');
});
