import { createHash } from 'node:crypto';
import fc from 'fast-check';
import * as z from 'zod';
import {
  assemblyId,
  canonicalFields,
  fieldsMd5,
  type Identity,
  identityString,
  isAssemblyId,
} from '../../../lib/domain/identifier.ts';
import { buildRegistry } from '../../../lib/domain/template-registry.ts';

const HELLO = '5d41402abc4b2a76b9719d911017c592'; // md5 of "hello"
const WORLD = '7d793037a0760186574b0282f2f435e7'; // md5 of "world"

describe('assemblyId', () => {
  // The ids are from Python: hashlib.sha256(("".join(sorted(md5s)) + template_id + owner).encode()).hexdigest()
  test.each<[string, Identity, string]>([
    [
      'no md5',
      { md5s: [], templateId: 'text-statistics', owner: 'ada' },
      '4bd372886550f4c697e2ee827327d98d040b61446706459e397833d9f5ae35ad',
    ],
    [
      'one md5',
      { md5s: [HELLO], templateId: 'text-statistics', owner: 'ada' },
      'e3234c29c9f2197e5c91e6d094bb4b71cd7d75e3e580bd75ba87f0af89191243',
    ],
    [
      'two md5s',
      { md5s: [HELLO, WORLD], templateId: 'text-statistics', owner: 'ada' },
      'f9ac651d3b744305ee706659c0cff1400ae77d37c4e7201918df75847434939c',
    ],
    [
      'the same file twice',
      { md5s: [HELLO, HELLO], templateId: 'text-statistics', owner: 'ada' },
      '7c212fe1862c9ee4f6b52cfdb2c44a83b44b947efab0919f5db36c5bda876338',
    ],
    [
      'an owner with a tenant, in UTF-8',
      { md5s: [HELLO], templateId: 'human-review', owner: 'acme/Zoë 猫😀' },
      '61e649e51389e60a92bb39b1c60025d10d13e33c989c51b8dad55263425aa88c',
    ],
  ])('known answer: %s', (_, identity, id) => {
    expect(assemblyId(identity)).toBe(id);
    expect(isAssemblyId(id)).toBe(true);
  });

  test('the order of the md5s does not matter, and the list is left as it was', () => {
    const md5s = [WORLD, HELLO];
    expect(assemblyId({ md5s, templateId: 'text-statistics', owner: 'ada' })).toBe(
      'f9ac651d3b744305ee706659c0cff1400ae77d37c4e7201918df75847434939c',
    );
    expect(md5s).toEqual([WORLD, HELLO]);
  });

  test.each<[string, Partial<Identity>]>([
    ['another md5', { md5s: [WORLD] }],
    ['one md5 more', { md5s: [HELLO, HELLO] }],
    ['another template', { templateId: 'human-review' }],
    ['another owner', { owner: 'Ada' }],
  ])('%s gives another id', (_, change) => {
    const identity = { md5s: [HELLO], templateId: 'text-statistics', owner: 'ada' };
    expect(assemblyId({ ...identity, ...change })).not.toBe(assemblyId(identity));
  });
});

describe('isAssemblyId', () => {
  const id = 'e3234c29c9f2197e5c91e6d094bb4b71cd7d75e3e580bd75ba87f0af89191243';
  test.each([
    ['an id', id, true],
    ['nothing', '', false],
    ['a digit short', id.slice(1), false],
    ['a digit more', `${id}0`, false],
    ['upper case', id.toUpperCase(), false],
    ['a letter beyond f', `g${id.slice(1)}`, false],
    ['a line break at the end', `${id}\n`, false],
    ['a line before it', `x\n${id}`, false],
    ['a blank at the start', ` ${id.slice(1)}`, false],
    ['fullwidth digits', `１${id.slice(1)}`, false],
    ["seed 000's form", 'job-1a2b3c4d-1759224654713', false],
  ])('%s', (_, text, expected) => {
    expect(isAssemblyId(text)).toBe(expected);
  });
});

describe('the md5 of fields', () => {
  const md5Of = (fields: unknown): string => fieldsMd5(canonicalFields(fields));
  const md5 = (text: string): string => createHash('md5').update(text, 'utf8').digest('hex');

  // The md5s are from Python, over the canonical text as it stands in the RFC.
  test('known answers: RFC 8785 sections 3.2.2 and 3.2.3', () => {
    const values: unknown = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`);
    expect(md5Of(values)).toBe('d14b166c32fceaca062bc24579f10650');
    const keys = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(md5Of(keys)).toBe('653f85ee148fdcf64a89f360eeb3d435');
  });

  test.each([
    [{}, '99914b932bd37a50b983c5e7c90ae93b'],
    [{ n: '猫' }, 'c9ff0d1a6724eb3cd29eb030bfe41aa9'],
    [{ b: [true, null, 'x'], a: 1 }, 'c5e91ef4cd87226435658d460220b7a2'],
  ])('known answer: %j', (fields, expected) => {
    expect(md5Of(fields)).toBe(expected);
  });

  // RFC 8785 appendix B: the bits of a double, and how it is written.
  test.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555555', '333333333.3333333'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('the number %s is written %s', (bits, text) => {
    const number = Buffer.from(bits, 'hex').readDoubleBE();
    expect(canonicalFields([number])).toBe(`[${text}]`);
    expect(md5Of([number])).toBe(md5(`[${text}]`));
  });

  test('the order of keys does not matter, at any depth', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(md5Of(reversed(value))).toBe(md5Of(value));
      }),
    );
  });

  test.each([
    ['a number and its text', { a: 1 }, { a: '1' }],
    ['null and nothing', { a: null }, {}],
    ['an empty list and an empty object', { a: [] }, { a: {} }],
    ['the order of a list', { a: [1, 2] }, { a: [2, 1] }],
    ['one item and two', { a: ['b,c'] }, { a: ['b', 'c'] }],
    ['the place of a key', { a: { b: 1 }, c: 2 }, { a: { b: 1, c: 2 } }],
    ['composed and decomposed', { a: '\u00e9' }, { a: 'e\u0301' }],
    ['the case of a key', { a: 1 }, { A: 1 }],
  ])('%s tell inputs apart', (_, one, other) => {
    expect(md5Of(one)).not.toBe(md5Of(other));
  });

  test.each([
    ['nothing', undefined, 'no canonical JSON form'],
    ['a function', () => 1, 'no canonical JSON form'],
    ['NaN', { a: Number.NaN }, 'NaN'],
    ['infinity', { a: [Number.POSITIVE_INFINITY] }, 'Infinity'],
    ['a lone surrogate', { a: '\ud800' }, 'surrogate'],
    ['a lone surrogate in a key', { '\udc00': 1 }, 'surrogate'],
  ])('%s has no canonical form', (_, fields, reason) => {
    expect(() => md5Of(fields)).toThrow(reason);
  });
});

describe('the string that is hashed reads one way only', () => {
  const HEX_ID = 'abcdef0123456789abcdef0123456789'; // as a template id it would pass for an md5

  const isRegistry = (ids: readonly string[]): boolean => {
    try {
      buildRegistry(ids.map((id) => ({ id, fields: z.unknown(), external: true })));
      return true;
    } catch {
      return false;
    }
  };

  /** Back to the parts: blocks of 32 hex digits, then the only template id that fits, then the owner. */
  function parse(text: string, templateIds: readonly string[]): Identity {
    const [blocks] = /^(?:[0-9a-f]{32})*/.exec(text) ?? [''];
    const rest = text.slice(blocks.length);
    const [templateId, ...others] = templateIds.filter((id) => rest.startsWith(id));
    if (templateId === undefined || others.length > 0) throw new Error(`no one template id fits "${rest}"`);
    return { md5s: blocks.match(/.{32}/g) ?? [], templateId, owner: rest.slice(templateId.length) };
  }

  /** Every way to cut the text into md5s, a template id and an owner. Two identities of one text are two of them. */
  function readingsOf(text: string, templateIds: readonly string[]): Identity[] {
    const readings: Identity[] = [];
    for (let end = 0; end <= text.length && /^[0-9a-f]*$/.test(text.slice(0, end)); end += 32)
      for (const templateId of templateIds)
        if (text.startsWith(templateId, end))
          readings.push({
            md5s: text.slice(0, end).match(/.{32}/g) ?? [],
            templateId,
            owner: text.slice(end + templateId.length),
          });
    return readings;
  }

  const text = (alphabet: string, minLength: number, maxLength: number) =>
    fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength });
  const HEX = '0123456789abcdef';

  const md5s = fc.array(
    fc.oneof(
      text(HEX, 32, 32),
      fc.constantFrom(HELLO, WORLD, HEX_ID, 'a'.repeat(32), `abc${'0'.repeat(29)}`),
    ),
    { maxLength: 3 },
  );

  // Few letters, most of them hex digits: ids that begin like each other and like an md5 are the rule.
  const templateIds = fc.array(
    fc.oneof(
      fc.constantFrom(
        'abc-def',
        'a0-',
        'a0-b',
        'abc',
        'abc-',
        'deadbeef',
        'a-',
        'review',
        'review-b',
        HEX_ID,
      ),
      fc.constantFrom(`${HEX_ID}x`, 'xy', 'x-'),
      fc.constantFrom(`${'a'.repeat(31)}-`, `${'a'.repeat(31)}g`, `a${'-'.repeat(31)}`, `${HEX_ID}-`),
      text('abcdef', 1, 1).chain((first) => text(`${HEX}-`, 1, 31).map((rest) => first + rest)),
      text('ab-', 2, 6),
      text('abyz', 2, 4),
    ),
    { minLength: 1, maxLength: 8 },
  );

  /** Of the candidates, those that make a registry one after the other. */
  function registryOf(candidates: readonly string[]): string[] {
    const ids: string[] = [];
    for (const id of candidates) if (isRegistry([...ids, id])) ids.push(id);
    return ids;
  }
  const registries = templateIds.map(registryOf).filter((ids) => ids.length > 0);

  /** Owners put together from what the other parts are made of. */
  const owners = (ids: readonly string[]) =>
    fc
      .array(
        fc.oneof(
          fc.constantFrom(...ids),
          fc.constantFrom(HELLO, HEX_ID, 'a'.repeat(31), '/', 'acme/', '-', 'b', 'def'),
          text(HEX, 1, 40),
          fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map((parts) => parts.join(''));

  const identities = (ids: readonly string[]) =>
    fc.record({ md5s, templateId: fc.constantFrom(...ids), owner: owners(ids) });

  const cases = (registry: fc.Arbitrary<string[]>) =>
    registry.chain((ids) => fc.record({ ids: fc.constant(ids), identity: identities(ids) }));

  const sorted = ({ md5s, ...others }: Identity): Identity => ({ md5s: md5s.toSorted(), ...others });

  const hasOneReading = (registry: fc.Arbitrary<string[]>) =>
    fc.property(cases(registry), ({ ids, identity }) => {
      expect(readingsOf(identityString(identity), ids)).toEqual([sorted(identity)]);
    });

  test('for every registry that can be built', () => {
    fc.assert(hasOneReading(registries), { numRuns: 2_000 });
  });

  test('and the parser that the rules describe finds it', () => {
    fc.assert(
      fc.property(cases(registries), ({ ids, identity }) => {
        expect(parse(identityString(identity), ids)).toEqual(sorted(identity));
      }),
      { numRuns: 500 },
    );
  });

  test('a tenant ends at the first slash of the owner', () => {
    const tenants = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
    const property = fc.property(
      cases(registries),
      tenants,
      ({ ids, identity: { owner: user, ...identity } }, tenant) => {
        const { owner } = parse(identityString({ ...identity, owner: `${tenant}/${user}` }), ids);
        const slash = owner.indexOf('/');
        expect([owner.slice(0, slash), owner.slice(slash + 1)]).toEqual([tenant, user]);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  test('it would not without the rules of the registry', () => {
    expect(fc.check(hasOneReading(templateIds), { numRuns: 2_000, seed: 1 }).failed).toBe(true);
  });

  // Each rule for ids, by the two people who would share an id without it.
  test.each<[string, string[], Identity, Identity]>([
    [
      'an id of 32 hex digits is read as an md5',
      [HEX_ID, 'review'],
      { md5s: [], templateId: HEX_ID, owner: 'reviewada' },
      { md5s: [HEX_ID], templateId: 'review', owner: 'ada' },
    ],
    [
      'a shorter one, filled up by the owner, as well',
      ['abc', 'review'],
      { md5s: [], templateId: 'abc', owner: `${'0'.repeat(29)}reviewada` },
      { md5s: [`abc${'0'.repeat(29)}`], templateId: 'review', owner: 'ada' },
    ],
    [
      'an id longer than a block may begin with an md5',
      [`${HEX_ID}x`, 'xy'],
      { md5s: [], templateId: `${HEX_ID}x`, owner: 'yada' },
      { md5s: [HEX_ID], templateId: 'xy', owner: 'ada' },
    ],
    [
      'a prefix of another id leaves the rest to the owner',
      ['review', 'review-b'],
      { md5s: [HELLO], templateId: 'review', owner: '-bada' },
      { md5s: [HELLO], templateId: 'review-b', owner: 'ada' },
    ],
  ])('refused: %s', (_, ids, one, other) => {
    expect(assemblyId(one)).toBe(assemblyId(other));
    expect(isRegistry(ids)).toBe(false);
  });
});

/** The same value with the keys of each object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, item]) => [key, reversed(item)]),
  );
}
