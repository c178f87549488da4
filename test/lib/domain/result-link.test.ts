import fc from 'fast-check';
import {
  type LinkedResult,
  linkExpiry,
  ResultLinks,
  STATUS_LINK_SECONDS,
  WEBHOOK_LINK_SECONDS,
} from '../../../lib/domain/result-link.ts';

const BASE = 'https://api.example.com';
const RESULT: LinkedResult = {
  assemblyId: 'a0'.repeat(32),
  attempt: 1,
  resultId: '1-2',
  expires: 1_772_456_400,
};
const links = new ResultLinks('master of the test', 'ada');

const signatureOf = (result: LinkedResult, signer = links): string =>
  new URL(signer.url(BASE, result)).searchParams.get('sig') ?? '';

describe('a link', () => {
  // From Python: HKDF-SHA-256 (RFC 5869) with the info ["ssl_url",owner,"",1] gives the 32 bytes of a secret, written as
  // "whsec_" + base64; its text is the key of an HMAC-SHA-256 over [assembly,attempt,result,expires], all JSON without blanks.
  test.each<[string, LinkedResult, string]>([
    ['ada', RESULT, 'EOXybXbsfbWK4lslEtmdqA9ymxDFB13zF9vBrgM0PVY'],
    [
      'acme/Zoë 猫',
      { ...RESULT, attempt: 12, resultId: '34-567', expires: 1_772_971_200 },
      'kUexCch_oZZWUgPgyRU3C6u4jY3VgDPhfuQjEKZezD0',
    ],
  ])('known answer: of %s', (owner, result, signature) => {
    const { assemblyId, resultId, expires } = result;
    expect(new ResultLinks('master of the test', owner).url(BASE, result)).toBe(
      `${BASE}/assemblies/${assemblyId}/results/${resultId}?exp=${expires}&sig=${signature}`,
    );
  });

  test('opens what it was made for', () => {
    expect(links.isSigned(RESULT, signatureOf(RESULT))).toBe(true);
  });

  test.each<[string, Partial<LinkedResult>]>([
    ['another assembly', { assemblyId: 'b0'.repeat(32) }],
    ['another attempt', { attempt: 2 }],
    ['another result', { resultId: '1-3' }],
    ['a result of another claim', { resultId: '11-2' }],
    ['a later time', { expires: RESULT.expires + 1 }],
    ['an earlier time', { expires: RESULT.expires - 3_600 }],
    // What would be the same text if the values were only written one after the other.
    ['values cut in other places', { attempt: 11, resultId: '-2' }],
  ])('does not open %s', (_, change) => {
    expect(links.isSigned({ ...RESULT, ...change }, signatureOf(RESULT))).toBe(false);
    expect(signatureOf({ ...RESULT, ...change })).not.toBe(signatureOf(RESULT));
  });

  test.each([
    ['another owner', new ResultLinks('master of the test', 'Ada')],
    ['an owner of a tenant', new ResultLinks('master of the test', 'acme/ada')],
    ['another deployment', new ResultLinks('another master', 'ada')],
  ])('of %s does not open it', (_, other) => {
    expect(links.isSigned(RESULT, signatureOf(RESULT, other))).toBe(false);
  });

  test('is refused with any other signature, of any length', () => {
    const genuine = signatureOf(RESULT);
    const changed = fc
      .tuple(fc.nat(genuine.length - 1), fc.constantFrom(...'AZaz09-_'))
      .map(([at, letter]) => genuine.slice(0, at) + letter + genuine.slice(at + 1));
    const forged = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.nat(genuine.length - 1).map((length) => genuine.slice(0, length)),
      fc.string({ minLength: 1 }).map((more) => genuine + more),
      // As many characters and more bytes.
      fc.nat(genuine.length - 1).map((at) => `${genuine.slice(0, at)}é${genuine.slice(at + 1)}`),
      fc.constantFrom(genuine.toUpperCase(), ` ${genuine}`, `${genuine}=`, `${genuine}\n`, '\ud800'),
      changed,
    );
    fc.assert(
      fc.property(forged, (signature) => {
        fc.pre(signature !== genuine);
        expect(links.isSigned(RESULT, signature)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('says by itself nothing about the time: an old one is still genuine', () => {
    const old = { ...RESULT, expires: 1 };
    expect(links.isSigned(old, signatureOf(old))).toBe(true);
  });
});

describe('linkExpiry', () => {
  test.each([
    ['2026-03-01T12:00:00.000Z', STATUS_LINK_SECONDS, '2026-03-02T12:00:00.000Z'],
    ['2026-03-01T12:00:00.999Z', STATUS_LINK_SECONDS, '2026-03-02T12:00:00.000Z'],
    ['2026-03-01T12:00:01.000Z', STATUS_LINK_SECONDS, '2026-03-02T13:00:00.000Z'],
    ['2026-03-01T12:59:59.999Z', STATUS_LINK_SECONDS, '2026-03-02T13:00:00.000Z'],
    ['2026-03-01T13:00:00.000Z', STATUS_LINK_SECONDS, '2026-03-02T13:00:00.000Z'],
    ['2026-03-01T12:30:00.000Z', WEBHOOK_LINK_SECONDS, '2026-03-08T13:00:00.000Z'],
    ['2026-03-01T12:30:00.000Z', 1, '2026-03-01T13:00:00.000Z'],
  ])('at %s for %i s: %s', (now, seconds, expires) => {
    expect(linkExpiry(new Date(now), seconds)).toBe(Date.parse(expires) / 1000);
  });

  const time = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });

  test('is a full hour, after the wanted seconds and less than an hour more', () => {
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 10 ** 7 }), (now, seconds) => {
        const expires = linkExpiry(now, seconds);
        expect(expires % 3_600).toBe(0);
        const lives = expires - Math.floor(now.getTime() / 1000);
        expect(lives).toBeGreaterThanOrEqual(seconds);
        expect(lives).toBeLessThan(seconds + 3_600);
      }),
    );
  });

  test('stays the same for an hour, and with it the link', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 400_000, max: 500_000 }),
        fc.integer({ min: 1, max: 3_600 }),
        (hour, later) => {
          const start = hour * 3_600_000;
          const expires = linkExpiry(new Date(start + 1_000), STATUS_LINK_SECONDS);
          expect(linkExpiry(new Date(start + later * 1_000), STATUS_LINK_SECONDS)).toBe(expires);
          expect(linkExpiry(new Date(start + 3_601_000), STATUS_LINK_SECONDS)).toBe(expires + 3_600);
        },
      ),
    );
  });
});
