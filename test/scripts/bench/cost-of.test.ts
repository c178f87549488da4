import { costOf, LIST_PRICES, type PriceList } from '../../../scripts/bench/cost-of.ts';
import { addUsage, type Usage } from '../../../scripts/bench/usage.ts';

/** Prices that a head can multiply. */
const prices = {
  ...LIST_PRICES,
  prices: {
    ...LIST_PRICES.prices,
    dynamoDbWriteUnits: { dollars: 0.5, per: 1_000_000, unit: 'write unit' },
    s3Writes: { dollars: 0.01, per: 1_000, unit: 'PUT' },
    secrets: { dollars: 0.4, per: 1, unit: 'secret' },
  },
} satisfies PriceList;

test('what is used is paid for by its price, the dearest first', () => {
  expect(costOf({ dynamoDbWriteUnits: 2_000_000, s3Writes: 300_000, secrets: 4 }, prices)).toEqual({
    dollars: 1 + 3 + 1.6,
    parts: [
      { name: 's3Writes', count: 300_000, dollars: 3 },
      { name: 'secrets', count: 4, dollars: 1.6 },
      { name: 'dynamoDbWriteUnits', count: 2_000_000, dollars: 1 },
    ],
  });
});

test('nothing costs nothing, and is not listed', () => {
  expect(costOf({}, prices)).toEqual({ dollars: 0, parts: [] });
  expect(costOf({ secrets: 0 }, prices)).toEqual({ dollars: 0, parts: [] });
});

test('a million jobs cost a million times what one costs', () => {
  const one = { dynamoDbWriteUnits: 10, s3Writes: 3 };
  expect(costOf(addUsage([1_000_000, one]), prices).dollars).toBeCloseTo(
    1_000_000 * costOf(one, prices).dollars,
  );
});

test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('a count of %s does not hide in the sum', (count) => {
  expect(() => costOf({ secrets: count }, prices)).toThrow(`secrets is ${count}`);
});

test('parts of usage are added by name, each so many times', () => {
  const added: Partial<Usage> = addUsage(
    [2, { s3Reads: 3, secrets: 1 }],
    [10, { s3Reads: 1 }],
    [0, { s3Writes: 5 }],
  );
  expect(added).toEqual({ s3Reads: 16, secrets: 2, s3Writes: 0 });
});

test('every price is a number of dollars for a number of units', () => {
  for (const { dollars, per, unit } of Object.values(LIST_PRICES.prices)) {
    expect(dollars).toBeGreaterThan(0);
    expect(per).toBeGreaterThanOrEqual(1);
    expect(unit).not.toBe('');
  }
});
