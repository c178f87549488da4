import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { mutated, oddString, oddValue } from './odd-json.ts';
import type { QuietCloud } from './quiet-cloud.ts';
import { OWNERS } from './stored-assembly.ts';

/** Who asks, and as whom the routes must see them. */
export interface Caller {
  readonly headers: Readonly<Record<string, string>>;
  /** The user whose token it is; undefined where it is no good token. */
  readonly user?: string;
  /** The machine's secret that is shown; `wrong` for one that is none. */
  readonly machine?: 'read' | 'update' | 'wrong';
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url');

/** Any text as header and payload, signed rightly: what jose would not make. */
function token(header: unknown, payload: unknown, secret: string): string {
  const signed = `${base64url(JSON.stringify(header) ?? '')}.${base64url(JSON.stringify(payload) ?? '')}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

const HS256 = { alg: 'HS256' };
/** Far enough that a case played again tomorrow meets the same. */
const LATER = 4_000_000_000;
const claimsOf = (sub: unknown): Record<string, unknown> => ({
  iss: 'waybill',
  aud: 'waybill',
  sub,
  exp: LATER,
});

const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` });

/** Each claims to be the first owner, and must be believed by nobody. */
const BAD_TOKENS: readonly ((secret: string) => string)[] = [
  () => token(HS256, claimsOf('ada'), 'another secret that is long enough to be one'),
  () => token(HS256, claimsOf('ada'), ''),
  (secret) => token({ alg: 'HS512' }, claimsOf('ada'), secret),
  () => `${base64url('{"alg":"none"}')}.${base64url(JSON.stringify(claimsOf('ada')))}.`,
  () => `${base64url('{"alg":"none"}')}.${base64url(JSON.stringify(claimsOf('ada')))}.x`,
  (secret) => token(HS256, { ...claimsOf('ada'), exp: 1 }, secret),
  (secret) => token(HS256, { ...claimsOf('ada'), exp: undefined }, secret),
  (secret) => token(HS256, { ...claimsOf('ada'), exp: 'never' }, secret),
  (secret) => token(HS256, { ...claimsOf('ada'), nbf: LATER }, secret),
  (secret) => token(HS256, { ...claimsOf('ada'), iss: 'other' }, secret),
  (secret) => token(HS256, { ...claimsOf('ada'), aud: [] }, secret),
  (secret) => token({ alg: 'HS256', crit: ['x'] }, claimsOf('ada'), secret),
  (secret) => token({ alg: 'HS256', b64: false, crit: ['b64'] }, claimsOf('ada'), secret),
  ...[null, 0, '', [], {}, ['ada'], 'a\u0000da', '\ud800', 'a'.repeat(256)].map(
    (sub) => (secret: string) => token(HS256, claimsOf(sub), secret),
  ),
  ...[null, 1, 'ada', []].map((payload) => (secret: string) => token(HS256, payload, secret)),
  ...[null, 1, {}, []].map((header) => (secret: string) => token(header, claimsOf('ada'), secret)),
  (secret) => `${token(HS256, claimsOf('ada'), secret)},Bearer ${token(HS256, claimsOf('bob'), secret)}`,
  (secret) => `${token(HS256, { ...claimsOf('ada'), more: 'x'.repeat(9_000) }, secret)}`,
  (secret) => `${token(HS256, claimsOf('ada'), secret)}.${base64url('x')}.x`,
];

const NO_BEARER = [
  '',
  'Bearer',
  'Basic YWRhOmFkYQ==',
  'Bearer a.b',
  'Bearer a.b.c',
  'Bearer ..',
  'Bearer  . . ',
];

/** Users, machines, strangers, and whoever pretends to be one of them; most often those whom the route is for. */
export function callerArbitrary(
  { secrets }: Pick<QuietCloud, 'secrets'>,
  { forWorkers }: { readonly forWorkers: boolean },
): fc.Arbitrary<Caller> {
  const user: fc.Arbitrary<Caller> = fc
    .constantFrom(...OWNERS, 'stranger', '😀', ' ', '__proto__', "o'hara <o@example.org>")
    .map((sub) => ({ user: sub, headers: bearer(token(HS256, claimsOf(sub), secrets.jwt)) }));
  const owner: fc.Arbitrary<Caller> = fc
    .constantFrom(...OWNERS)
    .map((sub) => ({ user: sub, headers: bearer(token(HS256, claimsOf(sub), secrets.jwt)) }));
  const machine: fc.Arbitrary<Caller> = fc
    .constantFrom('read', 'update')
    .map((kind) => ({ machine: kind, headers: { 'x-webhook-secret': secrets[kind] } }));
  const wrong: fc.Arbitrary<Caller> = fc
    .oneof(fc.constantFrom(secrets.jwt, secrets.master, `${secrets.read} `), oddString)
    .map((text) => ({ machine: 'wrong', headers: { 'x-webhook-secret': text } }));
  const odd: fc.Arbitrary<Caller> = fc.oneof(
    fc.constantFrom(...BAD_TOKENS).map((make) => ({ headers: bearer(make(secrets.jwt)) })),
    fc.constantFrom(...NO_BEARER).map((authorization) => ({ headers: { authorization } })),
    oddString.map((text) => ({ headers: { authorization: text } })),
    fc.constant({ headers: {} }),
    // A payload that its signer has mangled, whichever it is: not one of the claims that make it good is left.
    mutated(fc.constant({ iss: 'waybill', aud: 'waybill' })).map((payload) => ({
      headers: bearer(token(HS256, payload, secrets.jwt)),
    })),
    oddValue.map((header) => ({ headers: bearer(token(header, { sub: 'ada' }, secrets.jwt)) })),
  );
  const both: fc.Arbitrary<Caller> = fc.tuple(owner, fc.oneof(machine, wrong)).map(([a, b]) => ({
    ...a,
    ...b,
    headers: { ...a.headers, ...b.headers },
  }));
  return fc.oneof(
    { weight: forWorkers ? 2 : 20, arbitrary: owner },
    { weight: 3, arbitrary: user },
    { weight: forWorkers ? 30 : 3, arbitrary: machine },
    { weight: 1, arbitrary: wrong },
    { weight: 2, arbitrary: odd },
    { weight: 1, arbitrary: both },
  );
}
