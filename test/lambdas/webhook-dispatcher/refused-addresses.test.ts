import type { lookup as dnsLookup } from 'node:dns';
import { isIP } from 'node:net';
import * as z from 'zod';
import { planSubmission } from '../../../lambdas/submit/plan-submission.ts';
import { postWebhook } from '../../../lambdas/webhook-dispatcher/post-webhook.ts';
import { buildRegistry } from '../../../lib/domain/template-registry.ts';
import type { WaybillError } from '../../../lib/domain/waybill-error.ts';
import type { WebhookPolicy } from '../../../lib/domain/webhook-address.ts';
import { answering, type Receiver, webhookReceiver } from '../../webhook-receiver.ts';
import { fakeLookup, watchConnections } from './connection-spy.ts';

const API_URL = 'https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com';
const DEPLOYED: WebhookPolicy = { allowHttp: false, allowedCidrs: [], apiUrl: API_URL };
const request = (url: string) => ({ url, headers: {}, body: '{}' });

/** Addresses that are nobody's on the public internet, or that speak for the machine itself, in every spelling. */
const ADDRESSES = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f.1',
  '0177.0.0.1',
  '0',
  '0.0.0.0',
  '[::]',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[::7f00:1]',
  '[64:ff9b::a9fe:a9fe]',
  '[2002:a9fe:a9fe::]',
  '[fd00:ec2::254]',
  '[fe80::1%25eth0]',
  '[fe80::1]',
  '169.254.169.254',
  '169.254.170.2',
  '100.64.0.1',
  '100.100.100.200',
  '192.0.0.192',
  '198.18.0.1',
  '198.19.255.255',
  '168.63.129.16',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '１２７.０.０.１',
  '127。0。0。1',
  '①②⑦.0.0.1',
];

const NAMES = ['localhost', 'localhost.', 'anything.internal', 'metadata.google.internal', 'printer.local'];

const URLS = [
  ...[...ADDRESSES, ...NAMES].flatMap((host) => [`https://${host}/`, `https://${host}:8443/hook`]),
  'http://example.com/',
  'file:///etc/passwd',
  'gopher://example.com/_POST',
  'https://user:pass@example.com/',
  'https://user@example.com/',
  'https://example.com:22/',
  'https://example.com:80/',
  'https://example.com:6379/',
  'https://example.com:8080/',
  'https://example.com\\@127.0.0.1/',
  'https:\\\\example.com/',
  'https://exam\tple.com/',
  'https://example.com/\r\nhost: localhost',
  'https://example.com/#fragment',
  API_URL,
  `${API_URL}/assemblies`,
  `${API_URL.toUpperCase()}/assemblies`,
  `${API_URL}:443/assemblies`,
  `${API_URL}./assemblies`,
];

const post = (url: string, lookup?: typeof dnsLookup) =>
  watchConnections(() => postWebhook(request(url), DEPLOYED, { lookup }));

describe('refused in a submission, and at each send without a question or a connection', () => {
  const templates = buildRegistry([{ id: 'any-thing', fields: z.looseObject({}), external: true }]);
  const dependencies = { templates, webhookPolicy: DEPLOYED, maxUploadBytes: 1 };

  test.each(URLS)('%j', async (url) => {
    let refusal: WaybillError | undefined;
    try {
      planSubmission(
        { template_id: 'any-thing', webhook_url: url },
        { owner: 'ada', userId: 'ada' },
        dependencies,
      );
    } catch (error) {
      refusal = error as WaybillError;
    }
    expect(refusal?.code).toBe('webhook_url_refused');
    const { lookup, names } = fakeLookup(['93.184.216.34']);
    const { result, made } = await post(url, lookup);
    expect(result).toEqual({ error: expect.stringMatching(/^The URL .+\.$/) });
    expect([names, made]).toEqual([[], []]);
  });
});

describe('a name', () => {
  const send = async (...answers: readonly (readonly string[])[]) => {
    const { lookup, names } = fakeLookup(...answers);
    return { ...(await post('https://hook.example.com/', lookup)), names };
  };
  const NOT_PUBLIC = { error: 'The host has an address that is not public' };

  test('is asked for once, and the connection goes to what was answered', async () => {
    const { names, made } = await send(['93.184.216.34'], ['127.0.0.1']);
    expect([names, made]).toEqual([['hook.example.com'], ['93.184.216.34:443']]);
  });

  test('that changes between two sends is judged at each', async () => {
    const { lookup } = fakeLookup(['93.184.216.34'], ['127.0.0.1'], ['169.254.169.254'], ['93.184.216.34']);
    const made: string[][] = [];
    for (const _ of [1, 2, 3, 4]) made.push([...(await post('https://hook.example.com/', lookup)).made]);
    expect(made).toEqual([['93.184.216.34:443'], [], [], ['93.184.216.34:443']]);
  });

  const answers = [...ADDRESSES.map((host) => host.replace(/[[\]]/g, '')), 'fe80::1%eth0'].filter(isIP);
  test.each(answers)('at %s is not connected to', async (address) => {
    expect(await send([address])).toMatchObject({ result: NOT_PUBLIC, made: [] });
  });

  test.each([
    ['A public, AAAA loopback', ['93.184.216.34', '::1']],
    ['AAAA public, A loopback', ['2606:4700::1111', '127.0.0.1']],
    ['the private one last of many', ['93.184.216.34', '93.184.216.35', '93.184.216.36', '10.0.0.1']],
    ['a mapped one among them', ['2606:4700::1111', '::ffff:169.254.169.254']],
  ])('with several addresses, one of which is refused, is not connected to: %s', async (_, addresses) => {
    expect(await send(addresses)).toMatchObject({ result: NOT_PUBLIC, made: [] });
  });

  test('with several public addresses is connected to', async () => {
    const { made } = await send(['93.184.216.34', '2606:4700::1111', '172.32.0.1']);
    expect(made).toEqual(['93.184.216.34:443', '2606:4700::1111:443', '172.32.0.1:443']);
  });

  test('without an address is not connected to', async () => {
    expect(await send([])).toMatchObject({ result: { error: 'The host has no address' }, made: [] });
  });
});

test.each(['https://8.8.8.8/', 'https://172.32.0.1:8443/', 'https://[2606:4700::1111]/'])(
  'the watch sees a connection where one is allowed: %s',
  async (url) => {
    expect((await post(url)).made).toHaveLength(1);
  },
);

describe('a redirect is not followed', () => {
  const LOOPBACK: WebhookPolicy = { allowHttp: true, allowedCidrs: ['127.0.0.0/8'] };
  const receivers: Receiver[] = [];
  afterAll(() => {
    for (const { stop } of receivers) stop();
  });

  test.each([301, 302, 303, 307, 308])('%i to any of the refused', async (status) => {
    const targets = URLS.filter((url) => URL.canParse(url)).map((url) => new URL(url).href);
    const left = [...targets];
    const receiver = await webhookReceiver((response) =>
      answering(status, { location: left.shift() ?? '' })(response),
    );
    receivers.push(receiver);
    const { host } = new URL(receiver.url);
    for (const _ of targets) {
      const send = () => postWebhook(request(receiver.url), LOOPBACK);
      const { result, made } = await watchConnections(send, { through: true });
      // The one to the receiver, and none that goes on.
      expect([result, made]).toEqual([{ statusCode: status }, [host]]);
    }
    expect([left, receiver.received.length]).toEqual([[], targets.length]);
  });
});
