/** FilterCriteria of an event source mapping. */
export interface FilterCriteria {
  readonly Filters: readonly { readonly Pattern: string }[];
}

type Test = (value: unknown, present: boolean) => boolean;
type Pattern = { readonly [key: string]: unknown };

/**
 * True for an event that one of the filters matches, or any event without filters. Unknown operators are
 * errors at once, not at the first event.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function eventFilter(criteria: FilterCriteria | undefined): (event: unknown) => boolean {
  const filters = (criteria?.Filters ?? []).map(({ Pattern }) => patternTest(JSON.parse(Pattern) as Pattern));
  return filters.length === 0 ? () => true : (event) => filters.some((test) => test(event, true));
}

function patternTest(pattern: Pattern): Test {
  const tests = Object.entries(pattern).map(([key, expected]) => {
    if (key === '$or') return anyOf((expected as Pattern[]).map(patternTest));
    return fieldTest(key, expected);
  });
  return (value, present) => tests.every((test) => test(value, present));
}

const anyOf =
  (tests: readonly Test[]): Test =>
  (value, present) =>
    tests.some((test) => test(value, present));

function fieldTest(key: string, expected: unknown): Test {
  const test = Array.isArray(expected) ? anyOf(expected.map(rule)) : nested(key, expected);
  return (value) => {
    const holder = isObject(value) ? value : {};
    const present = Object.hasOwn(holder, key);
    const actual = holder[key];
    // An array matches when one of its elements does.
    if (Array.isArray(actual) && Array.isArray(expected)) {
      return actual.length === 0 ? test(undefined, false) : actual.some((each) => test(each, true));
    }
    return test(actual, present);
  };
}

function nested(key: string, expected: unknown): Test {
  if (!isObject(expected))
    throw new Error(`Event filter: "${key}" must have an array or an object as its value.`);
  return patternTest(expected);
}

function rule(expected: unknown): Test {
  if (!isObject(expected)) return (value, present) => present && value === expected;
  const [operator = '', ...others] = Object.keys(expected);
  const build = others.length === 0 ? OPERATORS[operator] : undefined;
  if (!build) {
    throw new Error(`Event filter: the local cloud doesn't know the rule ${JSON.stringify(expected)}.`);
  }
  return build(expected[operator]);
}

/** Tests a string; anything else does not match. */
const onText =
  (test: (text: string, argument: string) => boolean) =>
  (argument: unknown): Test => {
    if (typeof argument !== 'string')
      throw new Error(`Event filter: ${JSON.stringify(argument)} is not a string.`);
    return (value) => typeof value === 'string' && test(value, argument);
  };

const OPERATORS: Readonly<Record<string, (argument: unknown) => Test>> = {
  exists: (argument) => (value, present) => (present && !isObject(value)) === argument,
  prefix: onText((text, prefix) => text.startsWith(prefix)),
  suffix: onText((text, suffix) => text.endsWith(suffix)),
  'equals-ignore-case': onText((text, other) => text.toLowerCase() === other.toLowerCase()),
  'anything-but': (argument) => {
    const refused = anyOf((Array.isArray(argument) ? argument : [argument]).map(rule));
    return (value, present) => present && !refused(value, present);
  },
  numeric: (argument) => {
    const tests = pairs(argument as unknown[]).map(([sign, limit]) => comparison(sign, limit));
    return (value) => typeof value === 'number' && tests.every((test) => test(value));
  },
};

function pairs(list: unknown[]): [unknown, unknown][] {
  return Array.from({ length: Math.ceil(list.length / 2) }, (_, index) => [
    list[index * 2],
    list[index * 2 + 1],
  ]);
}

function comparison(sign: unknown, limit: unknown): (value: number) => boolean {
  const compare = COMPARISONS[String(sign)];
  if (!compare || typeof limit !== 'number') {
    throw new Error(`Event filter: numeric ${JSON.stringify([sign, limit])} is not a comparison.`);
  }
  return (value) => compare(value, limit);
}

const COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
