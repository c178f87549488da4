import {
  MAX_RECIPIENT_BYTES,
  MAX_RECIPIENTS,
  recipientFaults,
  recipientsOf,
  submissionIdOf,
} from '../../../lib/domain/recipients.ts';

const faultsOf = (...recipients: unknown[]): string[] =>
  recipientFaults({ recipients }).map(({ pointer, detail }) => `${pointer} ${detail}`);

const NO_ID = 'must have an "id" (or "bioguideId") of 1 to 128 printable ASCII characters without spaces';

describe('recipients are', () => {
  test('the list in the fields', () => {
    expect(recipientsOf({ recipients: [{ id: 'a' }] })).toEqual([{ id: 'a' }]);
    for (const fields of [undefined, null, [], 'x', {}, { recipients: { id: 'a' } }])
      expect(recipientsOf(fields)).toBeUndefined();
  });

  test.each([
    [{ id: 'ada' }, 'ada'],
    [{ bioguideId: 'A000001' }, 'A000001'],
    [{ id: 'ada', bioguideId: 'A000001' }, 'ada'],
    [{ id: null, bioguideId: 'A000001' }, 'A000001'],
    [{ id: 7 }, undefined],
    [{ id: 7, bioguideId: 'A000001' }, undefined],
    [{}, undefined],
  ])('known by their id: %j by %p', (recipient, id) => {
    expect(submissionIdOf(recipient)).toBe(id);
  });
});

test.each(['a', 'a'.repeat(128), 'ada@example.org', '../..', '%2F', '{}"\\', '__proto__', '~!'])(
  'accepted as an id: %s',
  (id) => {
    expect(faultsOf({ id })).toEqual([]);
  },
);

test.each(['', 'a'.repeat(129), 'a b', 'a\n', '\u0000', 'é', '\u007f', '😀'])(
  'refused as an id: %j',
  (id) => {
    expect(faultsOf({ id })).toEqual([`/fields/recipients/0 ${NO_ID}`]);
  },
);

test.each([
  [undefined, 'must be a list of at least one recipient'],
  [[], 'must be a list of at least one recipient'],
  [{ id: 'a' }, 'must be a list of at least one recipient'],
  [Array.from({ length: MAX_RECIPIENTS + 1 }, () => 7), 'may have 10000 recipients at most'],
])('refused as a whole', (recipients, detail) => {
  expect(recipientFaults({ recipients })).toEqual([{ pointer: '/fields/recipients', detail }]);
});

test('as many as are allowed are accepted, each with an id of its own', () => {
  expect(faultsOf(...Array.from({ length: MAX_RECIPIENTS }, (_, n) => ({ id: `r${n}` })))).toEqual([]);
});

test.each([null, 'ada', 7, ['ada']])('refused: %j, which is no object', (recipient) => {
  expect(faultsOf({ id: 'a' }, recipient)).toEqual(['/fields/recipients/1 must be an object with an "id"']);
});

test('refused: an id that another one has, by whichever name', () => {
  expect(faultsOf({ id: 'a' }, { id: 'b' }, { bioguideId: 'a' })).toEqual([
    '/fields/recipients/2 has the id of recipient 0: each may be named once',
  ]);
});

test('ids are told apart by case', () => {
  expect(faultsOf({ id: 'a' }, { id: 'A' })).toEqual([]);
});

test('one may have 4 KB as JSON, counted in bytes', () => {
  const frame = JSON.stringify({ id: 'a', note: '' }).length;
  const full = 'x'.repeat(MAX_RECIPIENT_BYTES - frame);
  expect(faultsOf({ id: 'a', note: full })).toEqual([]);
  for (const note of [`${full}x`, `${full.slice(1)}é`])
    expect(faultsOf({ id: 'a', note })).toEqual(['/fields/recipients/0 may have 4 KB as JSON at most']);
});

test('of many faults the first twenty are told', () => {
  expect(faultsOf(...Array.from({ length: 100 }, () => ({})))).toHaveLength(20);
});
