import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LEAD_ERRORS } from '../templates/lead-errors.ts';
import { FRAUD_SIGNALS, LABELS, RULES } from '../templates/lead-scorecard.ts';

/** Whoever is judged by the card reads the page and not the code. */
const page = readFileSync(join(import.meta.dirname, '../docs/evaluations.md'), 'utf8');

/** The rows of all tables whose first cell is a name in code, by that name. */
const rows = new Map(
  [...page.matchAll(/^\| `(\w+)` \|(.*)\|$/gm)].map(([, name = '', rest = '']) => [
    name,
    rest.split('|').map((cell) => cell.trim()),
  ]),
);

test.each(RULES)('the page has the rule $id as it is', ({ id, bands, unknown, flag }) => {
  const points = [
    ...bands.map(({ atLeast, atMost, points: given }) =>
      atMost === undefined ? `from ${atLeast}: ${given}` : `to ${atMost}: ${given}`,
    ),
    ...(unknown === undefined ? [] : [`unknown: ${unknown}`]),
  ];
  expect(rows.get(id)?.slice(1)).toEqual([points.join(', '), String(flag.below), `\`${flag.id}\``]);
});

test.each(FRAUD_SIGNALS)('the page has the fraud signal $id', ({ id }) => {
  expect(rows.get(id)?.[0]).toMatch(/./);
});

test('the page has the labels as they are', () => {
  const labels = LABELS.filter(({ from }) => from > 0).map(({ label, from }) => `from ${from} ${label}`);
  expect(page).toContain(`\`label\`: ${labels.join(', ')}, else F.`);
});

test.each(Object.entries(LEAD_ERRORS))('the page says of %s whether it is retried', (code, { retryable }) => {
  expect(rows.get(code)?.[0]).toBe(retryable ? 'yes' : 'no');
});
