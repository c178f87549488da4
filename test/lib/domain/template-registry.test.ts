import * as z from 'zod';
import type { Template } from '../../../lib/domain/template.ts';
import { buildRegistry } from '../../../lib/domain/template-registry.ts';

const worked = (id: string, steps: readonly string[] = ['work']): Template => ({
  id,
  fields: z.unknown(),
  steps: steps.map((name) => ({ name, title: name, run: () => null })),
});
const external = (id: string, timeout?: number): Template => ({
  id,
  fields: z.unknown(),
  external: true,
  timeout,
});

/** The faults that the refusal lists, or none where the registry is built. */
function faultsOf(...templates: Template[]): string[] {
  try {
    buildRegistry(templates);
    return [];
  } catch (error) {
    const [headline, ...faults] = (error as Error).message.split('\n- ');
    expect(headline).toBe('The template registry cannot be built:');
    return faults;
  }
}

test('a registry holds each template under its id', () => {
  const templates = [worked('text-statistics', ['count', 'terms']), external('human-review')];
  const registry = buildRegistry(templates);
  expect([...registry]).toEqual([
    ['text-statistics', templates[0]],
    ['human-review', templates[1]],
  ]);
});

describe('template ids', () => {
  test.each(['zz', 'a-', 'a0-', 'abc-def', 'deadbeeg', 'review'.padEnd(32, '0')])('accepted: %s', (id) => {
    expect(faultsOf(worked(id))).toEqual([]);
  });

  test.each([
    ['empty', ''],
    ['one letter', 'z'],
    ['33 characters', 'z'.repeat(33)],
    ['a digit first', '1st-review'],
    ['a hyphen first', '-review'],
    ['upper case', 'Review'],
    ['upper case inside', 'reView'],
    ['an underscore', 'human_review'],
    ['a blank', 'human review'],
    ['a slash', 'human/review'],
    ['an accent', 'revié'],
    ['a line break at the end', 'review\n'],
    ['a line before', 'x\nreview'],
  ])('refused: %s', (_, id) => {
    expect(faultsOf(worked(id))).toEqual([`template id "${id}" does not match /^[a-z][a-z0-9-]{1,31}$/`]);
  });

  test.each(['abc', 'a0', 'deadbeef', 'f'.repeat(32)])('refused: nothing but hex digits, as in %s', (id) => {
    expect(faultsOf(worked(id))).toEqual([
      expect.stringContaining(`template id "${id}" needs a character outside 0-9a-f`),
    ]);
  });

  test.each([
    ['review', 'review-by-two'],
    ['a-', 'a-b'],
    ['review', 'reviews'],
  ])('refused: %s beside %s, in either order', (id, longer) => {
    const faults = [expect.stringContaining(`template id "${id}" is a prefix of "${longer}"`)];
    expect(faultsOf(worked(id), worked(longer))).toEqual(faults);
    expect(faultsOf(external(longer), worked('zebra'), worked(id))).toEqual(faults);
  });

  test.each([2, 3])('refused: one id %i times, told once', (times) => {
    const faults = ['template id "review" is that of two templates'];
    expect(faultsOf(...Array.from({ length: times }, () => worked('review')))).toEqual(faults);
  });

  test('ids may share a beginning, and one may end or go on like another', () => {
    expect(faultsOf(worked('text-length'), worked('text-lines'), worked('my-text-lines'))).toEqual([]);
  });

  test('the rules hold for external templates too', () => {
    expect(faultsOf(external('abc'), external('No'))).toEqual([
      expect.stringContaining('"abc"'),
      expect.stringContaining('"No"'),
    ]);
  });
});

describe('steps', () => {
  test('refused: none', () => {
    expect(faultsOf(worked('review', []))).toEqual(['template "review" has no steps and is not external']);
  });

  test.each(['', '1st', '-a', 'Count', 'count words', 'count_words', 'a'.repeat(33), 'count\n'])(
    'refused: the name "%s"',
    (name) => {
      expect(faultsOf(worked('review', ['read', name]))).toEqual([
        `step "${name}" of "review" does not match /^[a-z][a-z0-9-]{0,31}$/`,
      ]);
    },
  );

  test('a name has 1 to 32 characters, and may be all hex digits or begin like another', () => {
    expect(faultsOf(worked('review', ['a', 'abc', 'abc-', 'z9'.repeat(16)]))).toEqual([]);
  });

  test('refused: one name twice', () => {
    expect(faultsOf(worked('review', ['read', 'mark', 'read']))).toEqual([
      'template "review" has two steps of one name',
    ]);
  });

  test('two templates may use one name', () => {
    expect(faultsOf(worked('review', ['read']), worked('summary', ['read']))).toEqual([]);
  });
});

describe('the timeout of an external template', () => {
  test.each([undefined, 60, 3_600, 2_592_000])('accepted: %s', (timeout) => {
    expect(faultsOf(external('review', timeout))).toEqual([]);
  });

  test.each([0, -60, 59, 59.9, 60.5, 2_592_001, Number.NaN, Number.POSITIVE_INFINITY])(
    'refused: %d',
    (timeout) => {
      expect(faultsOf(external('review', timeout))).toEqual([
        'the timeout of "review" is not 60 to 2592000 whole seconds',
      ]);
    },
  );
});

test('all faults are told at once', () => {
  const faults = faultsOf(
    worked('Review', []),
    worked('abc', ['Read', 'Read']),
    worked('summary'),
    external('summary-of-it'),
  );
  expect(faults).toEqual([
    expect.stringContaining('template id "Review"'),
    expect.stringContaining('template "Review" has no steps'),
    expect.stringContaining('template id "abc"'),
    expect.stringContaining('step "Read" of "abc"'),
    expect.stringContaining('step "Read" of "abc"'),
    expect.stringContaining('template "abc" has two steps'),
    expect.stringContaining('template id "summary" is a prefix of "summary-of-it"'),
  ]);
});

describe('a template with recipients', () => {
  const sending = (perSecond?: number): Template => ({
    id: 'letters',
    fields: z.unknown(),
    fanOut: {
      send: async () => undefined,
      ...(perSecond !== undefined && { rateLimit: { perSecond } }),
    },
  });
  const uploads = { min: 0, max: 1 };

  test('has no steps', () => {
    expect(faultsOf(sending())).toEqual([]);
  });

  test.each([
    ['ours', { ...sending(), uploads }],
    ['external', { ...external('letters'), fanOut: true, uploads } as Template],
  ])('refused: uploads beside them, where it is %s', (_, template) => {
    expect(faultsOf(template)).toEqual([
      'template "letters" takes uploads and has recipients: it can have one of them',
    ]);
  });

  test.each([1 / 86_400, 0.5, 1, 1_000])('accepted: %p a second', (perSecond) => {
    expect(faultsOf(sending(perSecond))).toEqual([]);
  });

  test.each([0, -1, 1 / 86_401, 1_000.1, Number.NaN, Number.POSITIVE_INFINITY])(
    'refused: %p a second',
    (perSecond) => {
      expect(faultsOf(sending(perSecond))).toEqual([
        'the rate limit of "letters" is not 1/86400 to 1000 per second',
      ]);
    },
  );

  test('the rules of external ones hold for those with recipients too', () => {
    expect(faultsOf({ ...external('letters', 59), fanOut: true } as Template)).toHaveLength(1);
  });
});
