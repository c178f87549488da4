import fc from 'fast-check';
import { maskSecrets } from '../../../lambdas/shared/mask-secrets.ts';
import { ResultLinks } from '../../../lib/domain/result-link.ts';
import { deriveSecret, ownerWebhookSecret, signatureHeaders } from '../../../lib/domain/signature.ts';
import { tokenOf } from '../../local-cloud.ts';

const SECRET = deriveSecret('the master secret of this test', ownerWebhookSecret('ada'));
const HEADERS = signatureHeaders({ id: 'evt_1', sentAt: new Date(0), body: '{}' }, SECRET);
const LINK = new ResultLinks('the master secret of this test', 'ada').url('https://api.example', {
  assemblyId: 'a'.repeat(64),
  attempt: 1,
  resultId: '1-1',
  expires: 1_800_000_000,
});
const linkSignature = new URL(LINK).searchParams.get('sig') ?? '';
const PRESIGNED =
  'https://b.s3.eu-west-1.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAEXAMPLE%2F20260301&X-Amz-Security-Token=FwoGZXIvYXdzEXAMPLE&X-Amz-Signature=0123456789abcdef0123456789abcdef';
const PARTS = ['AKIAEXAMPLE', 'FwoGZXIvYXdzEXAMPLE', '0123456789abcdef0123456789abcdef'];
const encoded = encodeURIComponent(PRESIGNED);

test.each<[string, string, readonly string[]]>([
  ['a presigned URL', `GET ${PRESIGNED} was refused`, PARTS],
  ['its query alone', PRESIGNED.slice(PRESIGNED.indexOf('?') + 1), PARTS],
  ['one within the query of another', `next=${encoded}`, PARTS],
  ['one in JSON', JSON.stringify(JSON.stringify({ url: PRESIGNED })), PARTS],
  ['a result link', `see ${LINK}.`, [linkSignature]],
  ['its query alone', `?exp=1&sig=${linkSignature}`, [linkSignature]],
  [
    'a webhook_url with a key of its receiver',
    'POST https://hooks.example/in?key=s3cr3t-key failed',
    ['s3cr3t-key'],
  ],
  ['a password in a URL', 'https://ada:hunter2@hooks.example/', ['hunter2']],
  ['a fragment', 'https://hooks.example/#access_token=abcdefgh', ['abcdefgh']],
  ['a bearer token that is no JWT', 'said "Bearer abc.def-123"', ['abc.def-123']],
  ['one that is encoded for a URL', 'said Bearer%20abc.def-123', ['abc.def-123']],
  ['a JWT after an underscore', 'jwt_eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln', ['eyJzdWIiOiJhIn0', 'c2ln']],
  ['a header', 'Authorization: Basic dXNlcjpwYXNz', ['dXNlcjpwYXNz']],
  ['headers in JSON', '{"x-webhook-secret":"topsecret","a":1}', ['topsecret']],
  ['headers in JSON in JSON', JSON.stringify('{"x-webhook-secret":"topsecret"}'), ['topsecret']],
  ['headers that are lists', '{"x-webhook-secret":["topsecret"]}', ['topsecret']],
  [
    'headers that are lists, as an inspected error has them',
    "{ 'x-webhook-secret': [ 'topsecret' ] }",
    ['topsecret'],
  ],
  [
    'a secret of ours',
    JSON.stringify({ SecretString: '{"current":"abcdefghijklmnop"}' }),
    ['abcdefghijklmnop'],
  ],
  ['a cookie', 'cookie: session=topsecret; other=more', ['topsecret', 'more']],
  ['a webhook secret', `the secret ${SECRET} does not fit`, [SECRET, SECRET.slice('whsec_'.length)]],
  ...Object.entries(HEADERS)
    .filter(([name]) => /signature/.test(name))
    .map(([name, value]): [string, string, readonly string[]] => [
      name,
      `got ${value}`,
      [value.replace(/^(v1,|sha256=)/, '')],
    ]),
  [
    'what S3 says of a signature',
    'AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260301, SignedHeaders=host, Signature=0123456789abcdef0123456789abcdef',
    [PARTS[0] ?? '', PARTS[2] ?? ''],
  ],
])('masks %s', (_, text, hidden) => {
  for (const part of hidden) expect(text).toContain(part);
  const masked = maskSecrets(text);
  for (const part of hidden) expect(masked).not.toContain(part);
  expect(masked).toContain('[masked]');
});

test('masks a token, whatever stands around it', async () => {
  const token = await tokenOf('ada');
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (before, after) => {
      const masked = maskSecrets(`${before} ${token}${after}`);
      for (const part of token.split('.')) expect(masked).not.toContain(part);
    }),
  );
});

test.each([
  'The assembly is at attempt 2, claim 3.',
  `dynamodb:UpdateItem on resource: arn:aws:dynamodb:eu-west-1:123456789012:table/Waybill-Jobs`,
  'a'.repeat(64),
  'connect ECONNREFUSED 127.0.0.1:443 https://hooks.example/in',
  'at run (file:///var/task/handler.mjs:12:34)',
  'Send one header "x-webhook-secret".',
])('leaves alone: %s', (text) => {
  expect(maskSecrets(text)).toBe(text);
});

test('cuts what is as long as a body, and is not slow with what strangers send', () => {
  expect(maskSecrets('a'.repeat(100_000))).toHaveLength(4_001);
  const hostile = ['eyJ', 'http://', 'bearer ', 'v1,', 'sig=', 'authorization:'].map((start) =>
    start.repeat(100_000).slice(0, 4_000),
  );
  for (const text of hostile) expect(maskSecrets(text).length).toBeLessThanOrEqual(40_000);
});
