import { EXAMPLES } from '../../lib/openapi/examples.ts';
import { answerFaults, documentedRoute } from './answer-faults.ts';
import { assertDocumented } from './assert-documented.ts';

const ID = 'a'.repeat(64);
const HEADERS = {
  'content-type': 'application/json',
  'apigw-requestid': 'x',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-request-id': 'x',
  'content-language': 'en',
};
const answer = ({
  status = 200,
  headers = {} as Record<string, string>,
  body = EXAMPLES.status_canceled as object,
} = {}) => ({
  status,
  headers: new Headers({ ...HEADERS, ...headers }),
  text: JSON.stringify(body),
});
const faults = (changed: Parameters<typeof answer>[0]): string[] =>
  answerFaults('DELETE /assemblies/{assembly_id}', answer(changed));

test('an answer as documented has no faults', () => {
  expect(faults({})).toEqual([]);
  expect(() => assertDocumented('DELETE', `/assemblies/${ID}?x=1`, answer())).not.toThrow();
});

test.each([
  ['another status', { status: 418 }, /answers 418, which is not documented/],
  ['another type', { headers: { 'content-type': 'text/html' } }, /has the type text\/html/],
  ['a header more', { headers: { 'x-powered-by': 'us' } }, /has the header x-powered-by/],
  ['another value of a header', { headers: { 'content-language': 'de' } }, /header content-language/],
  [
    'a member more',
    { body: { ...EXAMPLES.status_canceled, fields: {} } },
    /must NOT have additional properties/,
  ],
  ['a member of another type', { body: { ...EXAMPLES.status_canceled, version: '3' } }, /must be integer/],
  [
    'a member less',
    { body: { ...EXAMPLES.status_canceled, version: undefined } },
    /required property 'version'/,
  ],
  ['a status that the route cannot end in', { body: EXAMPLES.status_completed }, /allowed values/],
])('%s is seen', (_, changed, fault) => {
  expect(faults(changed)).toEqual(expect.arrayContaining([expect.stringMatching(fault)]));
  expect(() => assertDocumented('DELETE', `/assemblies/${ID}`, answer(changed))).toThrow(fault);
});

test('a header that is missing is seen', () => {
  const { headers, ...rest } = answer();
  headers.delete('x-request-id');
  headers.delete('cache-control');
  expect(answerFaults('DELETE /assemblies/{assembly_id}', { headers, ...rest })).toHaveLength(2);
});

test('a route that is not documented is seen, but where the gateway says that it is none', () => {
  expect(documentedRoute('GET', '/docs/scalar.js?v=1')).toBe('GET /docs/scalar.js');
  expect(documentedRoute('GET', `/assemblies/${ID}/status`)).toBeUndefined();
  expect(() => assertDocumented('GET', '/admin', answer())).toThrow('GET /admin is answered 200');
  const notFound = {
    status: 404,
    headers: new Headers({ 'apigw-requestid': 'x' }),
    text: '{"message":"Not Found"}',
  };
  expect(() => assertDocumented('GET', '/admin', notFound)).not.toThrow();
});
