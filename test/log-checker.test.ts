import { randomUUID } from 'node:crypto';
import { logger } from '../lambdas/shared/logger.ts';
import { logMetrics } from '../lambdas/shared/metric.ts';
import { deriveSecret, ownerWebhookSecret, signatureHeaders } from '../lib/domain/signature.ts';
import { readCapture } from './captured-logs.ts';
import { eventually, localWaybill, newUser, submit, tokenOf } from './local-cloud.ts';
import { recordOf } from './log-checker.ts';
import { verdictOnLogs } from './verdict-on-logs.ts';

const SECRET =
  '{"current":"0123456789-the-secret-of-a-deployment","previous":"9876543210-the-one-before-it-0"}';
const KEY = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY';
const SIGNATURE = 'c2lnbmF0dXJlLW9mLWEtdG9rZW4';
const NAMES = ['submit', 'status', 'status-update', 'retry', 'cancel', 'worker', 'webhook-dispatcher'];
const functions = Object.fromEntries(NAMES.map((name) => [name, `Waybill-${name}`]));
const whole = { secrets: [SECRET, KEY], functions, isWhole: true };
const part = { ...whole, isWhole: false };

const record = (members: object = {}): string =>
  JSON.stringify({
    level: 'INFO',
    message: 'Said',
    service: 'waybill',
    request_id: 'r',
    function_name: 'f',
    ...members,
  });
const from = (line: string, source = 'local cloud') => ({ source, line });
const verdictOn = (line: string, source?: string) =>
  verdictOnLogs({ lines: [from(line, source)], signatures: [SIGNATURE] }, part);
const masterless = deriveSecret('m', ownerWebhookSecret('ada'));
const headers = signatureHeaders({ id: 'evt_1', sentAt: new Date(0), body: '{}' }, masterless);

test('good lines are good, with metrics and warnings of the local cloud among them', () => {
  const metrics = JSON.stringify({
    _aws: {
      Timestamp: 1,
      CloudWatchMetrics: [
        {
          Namespace: 'Waybill',
          Dimensions: [['service', 'result']],
          Metrics: [{ Name: 'StatusChecks', Unit: 'Count' }],
        },
      ],
    },
    service: 'waybill',
    result: 'found',
    StatusChecks: 1,
  });
  const lines = NAMES.flatMap((name) => [
    from(`Waybill-${name}: ${record({ url: 'https://x.example/?[masked]' })}`),
    from(`Waybill-${name}: ${metrics}`),
  ]);
  const other = [from('local cloud: a warning'), from(record({ request_id: undefined }), 'test a.test.ts')];
  expect(verdictOnLogs({ lines: [...lines, ...other], signatures: [SIGNATURE] }, whole)).toBeUndefined();
});

test.each<[string, string, RegExp]>([
  ['a token', `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.x`, /a JWT/],
  ['a header of one', 'authorization: Bearer 0123456789abcdef', /a bearer token/],
  ['a presigned URL', 'https://b/k?X-Amz-Algorithm=A&X-Amz-Signature=0123', /a presigned URL/],
  ['one in the query of another', 'next=https%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3D0123', /a presigned URL/],
  [
    'one as members',
    JSON.stringify({ query: { 'X-Amz-Signature': '0123456789abcdef0123456789abcdef' } }),
    /a presigned URL/,
  ],
  ['a link to a result', 'https://api/assemblies/1/results/1-1?exp=1&sig=abc', /a result link/],
  ['a webhook secret', 'whsec_AAAA', /a webhook secret/],
  [
    'a machine secret in its header',
    JSON.stringify({ headers: { 'x-webhook-secret': 'x' } }),
    /a secret header/,
  ],
  ['the signature of a webhook', headers['webhook-signature'] ?? '', /a webhook signature/],
  ['the other one', headers['x-transflow-signature'] ?? '', /a signature of the body/],
  ['a secret', '0123456789-the-secret-of-a-deployment', /a secret of the deployment/],
  ['the one before it', 'x9876543210-the-one-before-it-0x', /a secret of the deployment/],
  [
    'a secret in base64',
    Buffer.from('9876543210-the-one-before-it-0').toString('base64'),
    /a secret of the dep/,
  ],
  ['a secret in hex', Buffer.from(KEY).toString('hex'), /a secret of the deployment/],
  ['the secret of an access key', KEY, /a secret of the deployment/],
  ['the signature of a token of this run', `x.${SIGNATURE}.`, /a signature or secret of this run/],
])('%s is seen, in a text and in JSON, and not repeated', (_, secret, what) => {
  for (const line of [
    `Waybill-worker: ${secret}`,
    `Waybill-worker: ${record({ error: { message: secret } })}`,
  ]) {
    const verdict = verdictOn(line) ?? '';
    expect(verdict).toMatch(what);
    expect(verdict).toContain('local cloud: Waybill-worker shows');
    if (secret.length > 30) expect(verdict).not.toContain(secret);
  }
});

test.each([
  ['a request id', { request_id: undefined }, /has no request_id/],
  ['its function', { function_name: undefined }, /has no function_name/],
])('a line of a function without %s is seen', (_, members, what) => {
  expect(verdictOn(`Waybill-worker: ${record(members)}`)).toMatch(what);
});

const metric = (directive: object, members: object) =>
  JSON.stringify({
    _aws: {
      Timestamp: 1,
      CloudWatchMetrics: [
        {
          Namespace: 'Waybill',
          Dimensions: [['service', 'status']],
          Metrics: [{ Name: 'JobsFinished', Unit: 'Count' }],
          ...directive,
        },
      ],
    },
    ...{ service: 'waybill', status: 'completed', JobsFinished: 1 },
    ...members,
  });

test.each<[string, object, object, RegExp]>([
  [
    'a dimension that is not agreed on',
    { Dimensions: [['service', 'owner']] },
    { owner: 'ada' },
    /other dimensions/,
  ],
  ['a member that is not agreed on', {}, { owner: 'ada' }, /says owner beside/],
  ['a value that is not agreed on', {}, { status: 'a'.repeat(64) }, /by a value that is not agreed on/],
  [
    'a template that nobody knows',
    {
      Dimensions: [['service', 'template']],
      Metrics: [{ Name: 'CompletionRate', Unit: 'Percent' }],
    },
    { status: undefined, JobsFinished: undefined, template: 'ada', CompletionRate: 100 },
    /by a value that is not agreed on/,
  ],
  ['an unknown metric', { Metrics: [{ Name: 'Other', Unit: 'Count' }] }, {}, /unknown metric/],
  ['another unit', { Metrics: [{ Name: 'JobsFinished', Unit: 'Seconds' }] }, {}, /another unit/],
  ['no value', {}, { JobsFinished: 'one' }, /no value/],
  ['another namespace', { Namespace: 'Other' }, {}, /not of our namespace/],
  ['another service', {}, { service: 'other' }, /another service/],
])('metrics with %s are seen', (_, directive, members, what) => {
  expect(verdictOn(`Waybill-worker: ${metric(directive, members)}`)).toMatch(what);
});

test('a capture that lacks the lines of a function that talks is no proof, where all tests ran', () => {
  const lines = NAMES.slice(1).map((name) => from(`Waybill-${name}: ${record()}`));
  expect(verdictOnLogs({ lines, signatures: [] }, whole)).toContain('No line of submit was captured');
  expect(verdictOnLogs({ lines: [], signatures: [] }, part)).toBeUndefined();
});

test('a run notes what its tokens and answers are signed with', async () => {
  const token = await tokenOf('ada');
  const { json } = await submit(newUser(), {
    template_id: 'image-thumbnails',
    uploads: [{ name: 'a.png', size: 5, mime: 'image/png', md5hash: '5d41402abc4b2a76b9719d911017c592' }],
  });
  const url = new URL(json.uploads[0].url);
  const { signatures } = readCapture();
  expect(signatures).toContain(token.split('.')[2]);
  expect(signatures).toContain(url.searchParams.get('X-Amz-Signature'));
});

test('lines of the shared local cloud and of code within a test are captured, with where they are from', async () => {
  const said = randomUUID();
  logger.info(said);
  logMetrics({ name: 'SweepFailures', value: 0 });
  const own = readCapture().lines.filter(({ source }) => source === 'test test/log-checker.test.ts');
  expect(own.map(({ line }) => recordOf(line))).toMatchObject([{ message: said }, { SweepFailures: 0 }]);
  await submit(newUser(), { template_id: 'human-review', fields: { title: said } });
  const start = `${localWaybill().functions.submit}: {"_aws"`;
  await eventually(
    () => readCapture().lines.find(({ source, line }) => source === 'local cloud' && line.startsWith(start)),
    'the line of submit',
  );
});
