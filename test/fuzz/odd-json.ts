import * as fc from 'fast-check';

/** Names that mean something to JavaScript, to DynamoDB or to a careless loop. */
const ODD_KEYS = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length', 'then', 'toJSON'],
  ...['', ' ', '.', '#status', ':new', '$ref', '\u0000', '\ud800', 'é', '😀', '0', '-1', 'k'.repeat(2_000)],
];

const ODD_STRINGS = [
  ...['', ' ', '\u0000', '\ud800', 'a\udfff', '\ufeff', '\u202e', '😀', '\r\n', 'null', 'NaN', '1e999', '[]'],
  ...[
    '../../etc/passwd',
    '%2e%2e%2f',
    "' OR 1=1 --",
    '<script>',
    '{{7*7}}',
    '$(id)',
    'http://169.254.169.254/',
  ],
  ...['x'.repeat(3_000), '€'.repeat(11_000), '0', '-0', '2026-02-30T00:00:00Z', '9999-12-31T23:59:59Z'],
];

const ODD_NUMBERS = [
  ...[0, -0, -1, 1.5, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 53, 2 ** 53 + 2, Number.MAX_SAFE_INTEGER],
  ...[Number.NaN, Number.POSITIVE_INFINITY],
];

/** Deeper than a limit, and deeper than a stack. */
const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

export const oddKey: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...ODD_KEYS),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

export const oddString: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...ODD_STRINGS),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
);

/** A value of any type. `NaN` and `Infinity` become null in JSON: what a program sends that has counted wrongly. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: oddString },
  { weight: 3, arbitrary: fc.constantFrom<unknown>(...ODD_NUMBERS) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}) },
  { weight: 1, arbitrary: fc.constantFrom(60, 70, 900).map(nested) },
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.dictionary(oddKey, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 4 }) },
);

interface Mutation {
  readonly kind: 'replace' | 'add' | 'remove' | 'wrap' | 'text';
  /** Which of the places. */
  readonly where: number;
  readonly key: string;
  readonly value: unknown;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('replace', 'replace', 'add', 'add', 'remove', 'wrap', 'text'),
  where: fc.nat(),
  key: oddKey,
  value: oddValue,
});

type Holder = Record<string, unknown>;

/** Every place in the value: who holds it, and under which key. */
function placesIn(value: unknown, found: [Holder, string][] = []): [Holder, string][] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    found.push([value as Holder, key]);
    placesIn((value as Holder)[key], found);
  }
  return found;
}

/** As an own member, whatever the key is called: JSON has no prototypes. */
const put = (holder: Holder, key: string, value: unknown): void => {
  if (Array.isArray(holder) && key === 'length') holder.push(value);
  else Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
};

function mutate(root: { value: unknown }, change: Mutation): void {
  const places = placesIn(root);
  const [holder, key] = places[change.where % places.length] ?? [root as Holder, 'value'];
  const old = holder[key];
  if (change.kind === 'replace') put(holder, key, change.value);
  else if (change.kind === 'remove') delete holder[key];
  else if (change.kind === 'wrap') put(holder, key, [old]);
  else if (change.kind === 'text') put(holder, key, JSON.stringify(old) ?? 'undefined');
  else put(typeof old === 'object' && old !== null ? (old as Holder) : holder, change.key, change.value);
}

/** Mostly as `valid` makes it; else with one to three things wrong with it, anywhere in it. */
export const mostlyValid = (valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 8, arbitrary: valid },
    { weight: 7, arbitrary: mutated(valid) },
    { weight: 1, arbitrary: oddValue },
  );

/** With one to three things wrong, or not: a mutation may hit on what is right. */
export const mutated = (valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.tuple(valid, fc.array(mutation, { minLength: 1, maxLength: 3 })).map(([value, changes]) => {
    // A copy: fast-check hands out the same value again when it makes a failure smaller.
    const root = { value: structuredClone(value) };
    for (const change of changes) mutate(root, structuredClone(change));
    return root.value;
  });

/** What is no JSON, or JSON that a parser has to look at twice. */
const ODD_TEXTS = [
  ...[
    '',
    ' ',
    '{',
    '{"a":1,}',
    "{'a':1}",
    '{"a":NaN}',
    '{"a":undefined}',
    'null',
    '1',
    '"text"',
    '[]',
    '[[]',
  ],
  ...['\ufeff{}', '{}{}', '{"__proto__":{"status":"completed"}}', '{"constructor":{"prototype":{"a":1}}}'],
  ...[
    '{"status":"completed","status":"failed"}',
    '{"a":"\\ud800"}',
    '{"a":1e400}',
    '{"a":\u0000}',
    'a=1&b=2',
  ],
  ...[
    '['.repeat(5_000),
    '['.repeat(40_000) + ']'.repeat(40_000),
    `{"a":${'{"a":'.repeat(8_000)}1${'}'.repeat(8_001)}`,
  ],
];

/** The value as JSON, and now and then cut, with a byte order mark, or something else altogether. */
export const jsonText = (value: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 24, arbitrary: value.map(toText) },
    { weight: 1, arbitrary: fc.tuple(value.map(toText), fc.nat()).map(cut) },
    { weight: 1, arbitrary: value.map((each) => `\ufeff${toText(each)}`) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_TEXTS) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  );

const toText = (value: unknown): string => JSON.stringify(value) ?? '';
const cut = ([text, at]: [string, number]): string => text.slice(0, at % (text.length + 1));
