import fc from 'fast-check';
import { isAllowedAddress, type WebhookPolicy, whyRefused } from '../../../lib/domain/webhook-address.ts';

const PUBLIC: WebhookPolicy = { allowHttp: false, allowedCidrs: [] };
const LOCAL: WebhookPolicy = { allowHttp: true, allowedCidrs: ['127.0.0.0/8'] };

const NOT_PUBLIC_ADDRESS = 'names an address that is not public';
const NOT_PUBLIC_HOST = 'names a host that is not public';
const NOT_HTTPS = 'must begin with https://';
const CREDENTIALS = 'must not carry a user name or password';
const PORT = 'must use port 443 or 8443';
const NO_URL = 'is not a URL of the form https://host/path';

describe('the public internet', () => {
  test.each([
    'https://example.com',
    'https://example.com/',
    'https://example.com/hook?a=1&b=%20',
    'https://EXAMPLE.com/hook',
    'https://example.com./hook',
    'https://example.com:443/',
    'https://example.com:8443/hook',
    'https://bücher.example/',
    'https://hooks.my-company.co.uk/x',
    'https://localhost.example.com/',
    'https://internal.example.com/',
    'https://mylocalhost/',
    'https://example.local.com/',
    'https://127.0.0.1.example.com/',
    'https://8.8.8.8/',
    'https://8.8.8.8:8443/',
    'https://172.15.255.255/',
    'https://172.32.0.1/',
    'https://100.63.255.255/',
    'https://100.128.0.1/',
    'https://126.255.255.255/',
    'https://128.0.0.1/',
    'https://192.167.255.255/',
    'https://192.169.0.1/',
    'https://198.17.255.255/',
    'https://198.20.0.1/',
    'https://168.63.129.17/',
    'https://223.255.255.255/',
    'https://[2606:4700::1111]/',
    'https://[2606:4700:0:0:0:0:0:1111]:8443/',
    'https://[::ffff:8.8.8.8]/',
  ])('%s', (url) => {
    expect(whyRefused(url, PUBLIC)).toBeUndefined();
  });

  test.each<[string, string | undefined]>([
    ['http://example.com/', NOT_HTTPS],
    ['http://8.8.8.8/', NOT_HTTPS],
    ['HTTP://example.com/', NOT_HTTPS],
    ['file:///etc/passwd', NOT_HTTPS],
    ['file://example.com/etc/passwd', NOT_HTTPS],
    ['gopher://example.com:6379/_FLUSHALL', NOT_HTTPS],
    ['ftp://example.com/', NOT_HTTPS],
    ['ws://example.com/', NOT_HTTPS],
    ['wss://example.com/', NOT_HTTPS],
    ['https+unix://example.com/', NOT_HTTPS],
    ['https://user@example.com/', CREDENTIALS],
    ['https://user:secret@example.com/', CREDENTIALS],
    ['https://:secret@example.com/', CREDENTIALS],
    ['https://example.com@8.8.8.8/', CREDENTIALS],
    ['https://example.com/#fragment', 'must not carry a fragment'],
    ['https://example.com:80/', PORT],
    ['https://example.com:22/', PORT],
    ['https://example.com:444/', PORT],
    ['https://example.com:0/', PORT],
    ['https://example.com:8080/', PORT],
    ['https://example.com:18443/', PORT],
    ['https://8.8.8.8:6379/', PORT],
    ['https://[2606:4700::1111]:22/', PORT],
    ['', NO_URL],
    ['https://', NO_URL],
    ['data:text/plain,hello', NO_URL],
    ['javascript:alert(1)', NO_URL],
    ['blob:https://example.com/x', NO_URL],
    ['//example.com/', NO_URL],
    ['/hook', NO_URL],
    ['example.com', NO_URL],
    ['https://example.com:65536/', NO_URL],
    ['https://exa mple.com/', NO_URL],
    ['https://256.256.256.256/', NO_URL],
    ['https://1.2.3.4.5/', NO_URL],
  ])('refused: %s', (url, reason) => {
    expect(whyRefused(url, PUBLIC)).toBe(reason);
  });
});

// RELIABILITY.md, "SSRF": the spellings that a URL can have.
describe('an attack', () => {
  const addresses = [
    '127.0.0.1',
    '127.255.255.254',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f.1',
    '0x7f000001',
    '0X7F.0x0.0X0.0x1',
    '0177.0.0.1',
    '017700000001',
    '127.0.0.1.',
    '0',
    '0.0.0.0',
    '0x0',
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[0000:0000:0000:0000:0000:0000:0000:0001]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::FFFF:7F00:0001]',
    '[0:0:0:0:0:ffff:127.0.0.1]',
    '[::ffff:0:127.0.0.1]',
    '[::127.0.0.1]',
    '[::7f00:1]',
    '[64:ff9b::a9fe:a9fe]',
    '[64:ff9b::169.254.169.254]',
    '[64:ff9b:1::a9fe:a9fe]',
    '[2002:a9fe:a9fe::]',
    '[2002:7f00:1::1]',
    '[2001:0:4136:e378:8000:63bf:3fff:fdd2]',
    '[fd00:ec2::254]',
    '[fd20:ce::254]',
    '[fc00::1]',
    '[fe80::1]',
    '[febf::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[100::1]',
    '[2001:db8::1]',
    '[3fff::1]',
    '[4000::1]',
    '[5f00::1]',
    '[e000::1]',
    '[::ffff:168.63.129.16]',
    '169.254.169.254',
    '169.254.170.2',
    '0xa9fea9fe',
    '0xa9.0xfe.0xa9.0xfe',
    '0251.0376.0251.0376',
    '2852039166',
    '100.64.0.1',
    '100.127.255.255',
    '100.100.100.200',
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '168.63.129.16',
    '10.0.0.1',
    '10.255.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '192.168.255.255',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    // What IDNA folds into digits and dots
    '１２７.０.０.１',
    '127。0。0。1',
    '①②⑦.0.0.1',
    '\u00ad127.0.0.1',
    '%31%32%37.0.0.1',
  ];

  test.each(addresses)('at the address %s', (host) => {
    for (const url of [`https://${host}/`, `https://${host}:8443/hook`, `HTTPS://${host}`])
      expect(whyRefused(url, PUBLIC)).toBe(NOT_PUBLIC_ADDRESS);
  });

  test.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'localhost..',
    'foo.localhost',
    'foo.localhost.',
    'localhost.localdomain',
    'metadata.google.internal',
    'metadata.google.internal.',
    'METADATA.GOOGLE.INTERNAL',
    'instance-data.ec2.internal',
    'host.docker.internal',
    'anything.internal',
    'internal',
    'printer.local',
    'router.lan',
    'wiki.intranet',
    'router.home.arpa',
    'home.arpa',
    'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
    'ｌｏｃａｌｈｏｓｔ',
    'localhost。',
    '%6c%6fcalhost',
    'localhost%2e',
  ])('at the name %s', (host) => {
    for (const url of [`https://${host}/`, `https://${host}:8443/hook`])
      expect(whyRefused(url, PUBLIC)).toBe(NOT_PUBLIC_HOST);
  });

  test.each<[string, string]>([
    ['https://127.0.0.1\\@example.com/', NO_URL],
    ['https:\\\\127.0.0.1\\', NO_URL],
    ['https:127.0.0.1', NO_URL],
    ['https:/127.0.0.1', NO_URL],
    ['https:///127.0.0.1', NOT_PUBLIC_ADDRESS],
    ['https:////127.0.0.1', NOT_PUBLIC_ADDRESS],
    ['https://127.0.\t0.1/', NO_URL],
    ['https://127.0.\r\n0.1/', NO_URL],
    ['\u0000https://127.0.0.1/', NO_URL],
    [' https://127.0.0.1/ ', NO_URL],
    ['https://127.0.0.1/\n', NO_URL],
    ['ht\ntps://127.0.0.1/', NO_URL],
    ['https://local\thost/', NO_URL],
    ['https://127.0.0.1?@example.com/', NOT_PUBLIC_ADDRESS],
    ['https://127.0.0.1/@example.com/', NOT_PUBLIC_ADDRESS],
    ['https://example.com@127.0.0.1/', CREDENTIALS],
    ['https://example.com:443@127.0.0.1/', CREDENTIALS],
    ['https://[fe80::1%25eth0]/', NO_URL],
    ['https://[fe80::1%eth0]/', NO_URL],
    ['https://[::1/', NO_URL],
    ['https://[127.0.0.1]/', NO_URL],
    ['https://::1/', NO_URL],
    ['http://169.254.169.254/latest/meta-data/', NOT_HTTPS],
    ['http://169.254.170.2/v2/credentials', NOT_HTTPS],
    ['gopher://127.0.0.1:6379/', NOT_HTTPS],
    ['file:///etc/passwd', NOT_HTTPS],
  ])('that hides where it goes: %j', (url, reason) => {
    expect(whyRefused(url, PUBLIC)).toBe(reason);
  });

  test.each([
    'https://example.com\\@127.0.0.1/',
    'https://example.com/\\',
    'https:\\\\example.com/',
    'https:example.com/',
    ' https://example.com/',
    'https://example.com/ ',
    'https://example.com/\n',
    'https://exam\tple.com/',
    'https://example.com/\r\nX-Injected: 1',
    'https://example.com/a b',
    'https://example.com/\u007f',
    'https://example.com/\u0085',
    'https://example.com/\u00a0',
  ])('that the parser would mend in silence: %j', (url) => {
    expect(whyRefused(url, PUBLIC)).toBe(NO_URL);
  });

  test('in any spelling of any address that is not public', () => {
    const special = fc.constantFrom<[number, number]>(
      [0x00000000, 0x00ffffff],
      [0x0a000000, 0x0affffff],
      [0x64400000, 0x647fffff],
      [0x7f000000, 0x7fffffff],
      [0xa9fe0000, 0xa9feffff],
      [0xac100000, 0xac1fffff],
      [0xc0a80000, 0xc0a8ffff],
      [0xc6120000, 0xc613ffff],
      [0xe0000000, 0xffffffff],
    );
    const address = special.chain(([min, max]) => fc.integer({ min, max }));
    const property = fc.property(address, fc.constantFrom(...SPELLINGS), (number, spell) => {
      const [a, b, c, d] = [24, 16, 8, 0].map((shift) => (number >>> shift) & 255) as Octets;
      expect(whyRefused(`https://${spell([a, b, c, d], number)}/`, PUBLIC)).toBe(NOT_PUBLIC_ADDRESS);
    });
    fc.assert(property, { numRuns: 1_000 });
  });
});

type Octets = [number, number, number, number];
const hex = (number: number): string => number.toString(16);
const SPELLINGS: ((octets: Octets, number: number) => string)[] = [
  (octets) => octets.join('.'),
  (octets) => `${octets.join('.')}.`,
  (_, number) => String(number),
  (_, number) => `0x${hex(number)}`,
  (_, number) => `0${number.toString(8)}`,
  (octets) => octets.map((octet) => `0x${hex(octet)}`).join('.'),
  (octets) => octets.map((octet) => `0${octet.toString(8)}`).join('.'),
  ([a, b, c, d]) => `${a}.${b}.${c * 256 + d}`,
  ([a, b, c, d]) => `${a}.0x${hex(b * 65_536 + c * 256 + d)}`,
  (octets) => `[::ffff:${octets.join('.')}]`,
  ([a, b, c, d]) => `[::ffff:${hex(a * 256 + b)}:${hex(c * 256 + d)}]`,
  (octets) => `[::${octets.join('.')}]`,
  (octets) => `[64:ff9b::${octets.join('.')}]`,
  ([a, b, c, d]) => `[2002:${hex(a * 256 + b)}:${hex(c * 256 + d)}::1]`,
];

describe('the policy of the local cloud', () => {
  test.each([
    'http://127.0.0.1:1234/',
    'http://127.0.0.1/',
    'http://127.8.9.10:65535/hook',
    'http://127.1:1234/',
    'https://127.0.0.1:1234/',
    'http://localhost:3000',
    'http://localhost:3000/hook',
    'https://localhost/',
    'http://example.com/',
    'https://example.com/',
    'https://8.8.8.8/',
  ])('%s', (url) => {
    expect(whyRefused(url, LOCAL)).toBeUndefined();
  });

  test.each<[string, string]>([
    ['http://10.0.0.1/', NOT_PUBLIC_ADDRESS],
    ['http://10.255.255.255:1234/', NOT_PUBLIC_ADDRESS],
    ['http://169.254.169.254/latest/meta-data/', NOT_PUBLIC_ADDRESS],
    ['http://[::1]/', NOT_PUBLIC_ADDRESS],
    ['http://[::1]:1234/', NOT_PUBLIC_ADDRESS],
    ['http://[::]/', NOT_PUBLIC_ADDRESS],
    ['http://[::127.0.0.1]/', NOT_PUBLIC_ADDRESS],
    ['http://0.0.0.0:1234/', NOT_PUBLIC_ADDRESS],
    ['http://126.0.0.1.0/', NO_URL],
    ['http://192.168.1.1/', NOT_PUBLIC_ADDRESS],
    ['https://172.16.0.1/', NOT_PUBLIC_ADDRESS],
    ['http://user:secret@127.0.0.1/', CREDENTIALS],
    ['http://127.0.0.1/#fragment', 'must not carry a fragment'],
    ['ftp://127.0.0.1/', NOT_HTTPS],
    ['file:///etc/passwd', NOT_HTTPS],
    ['https://example.com:444/', PORT],
  ])('refused: %s', (url, reason) => {
    expect(whyRefused(url, LOCAL)).toBe(reason);
  });
});

test('HTTP is allowed by its own setting, private addresses by theirs', () => {
  expect(whyRefused('http://127.0.0.1/', { allowHttp: true, allowedCidrs: [] })).toBe(NOT_PUBLIC_ADDRESS);
  expect(whyRefused('http://localhost/', { allowHttp: true, allowedCidrs: [] })).toBe(NOT_PUBLIC_HOST);
  expect(whyRefused('http://example.com/', { allowHttp: true, allowedCidrs: [] })).toBeUndefined();
  expect(whyRefused('http://127.0.0.1/', { allowHttp: false, allowedCidrs: ['127.0.0.0/8'] })).toBe(
    NOT_HTTPS,
  );
  expect(
    whyRefused('https://127.0.0.1/', { allowHttp: false, allowedCidrs: ['127.0.0.0/8'] }),
  ).toBeUndefined();
});

describe('our own API', () => {
  const LOOP = 'names this API itself';
  const deployed = { ...PUBLIC, apiUrl: 'https://a1b2.execute-api.eu-west-1.amazonaws.com' };
  const local = { ...LOCAL, apiUrl: 'http://127.0.0.1:4100' };

  test.each<[string, WebhookPolicy, string | undefined]>([
    ['https://a1b2.execute-api.eu-west-1.amazonaws.com/assemblies', deployed, LOOP],
    ['https://A1B2.EXECUTE-API.eu-west-1.amazonaws.com', deployed, LOOP],
    ['https://a1b2.execute-api.eu-west-1.amazonaws.com.:443/', deployed, LOOP],
    ['https://c3d4.execute-api.eu-west-1.amazonaws.com/', deployed, undefined],
    ['https://x.a1b2.execute-api.eu-west-1.amazonaws.com/', deployed, undefined],
    ['http://127.0.0.1:4100/', local, LOOP],
    ['http://127.1:4100/status', local, LOOP],
    ['http://127.0.0.1:4101/', local, undefined],
  ])('%s', (url, policy, reason) => {
    expect(whyRefused(url, policy)).toBe(reason);
  });
});

test('whatever the text is, the answer is a phrase or none, and no error', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.webUrl(),
    fc.string({ unit: fc.constantFrom(...'https:/[]@.%0127f\\\t') }).map((rest) => `https://${rest}`),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(PUBLIC, LOCAL), (url, policy) => {
      expect(['string', 'undefined']).toContain(typeof whyRefused(url, policy));
    }),
    { numRuns: 500 },
  );
});

describe('isAllowedAddress, of what DNS answers', () => {
  // First and last of each range, and the neighbours that are public. IANA's special-purpose registries.
  test.each<[string, string[], string[]]>([
    ['0.0.0.0/8', ['0.0.0.0', '0.255.255.255'], ['1.0.0.0']],
    ['10.0.0.0/8', ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0']],
    ['100.64.0.0/10', ['100.64.0.0', '100.127.255.255'], ['100.63.255.255', '100.128.0.0']],
    ['127.0.0.0/8', ['127.0.0.0', '127.255.255.255'], ['126.255.255.255', '128.0.0.0']],
    ['169.254.0.0/16', ['169.254.0.0', '169.254.255.255'], ['169.253.255.255', '169.255.0.0']],
    ['172.16.0.0/12', ['172.16.0.0', '172.31.255.255'], ['172.15.255.255', '172.32.0.0']],
    ['192.0.0.0/24', ['192.0.0.0', '192.0.0.255'], ['191.255.255.255', '192.0.1.0']],
    ['192.0.2.0/24', ['192.0.2.0', '192.0.2.255'], ['192.0.1.255', '192.0.3.0']],
    ['192.88.99.0/24', ['192.88.99.0', '192.88.99.255'], ['192.88.98.255', '192.88.100.0']],
    ['192.168.0.0/16', ['192.168.0.0', '192.168.255.255'], ['192.167.255.255', '192.169.0.0']],
    ['198.18.0.0/15', ['198.18.0.0', '198.19.255.255'], ['198.17.255.255', '198.20.0.0']],
    ['198.51.100.0/24', ['198.51.100.0', '198.51.100.255'], ['198.51.99.255', '198.51.101.0']],
    ['203.0.113.0/24', ['203.0.113.0', '203.0.113.255'], ['203.0.112.255', '203.0.114.0']],
    ['224.0.0.0/4 and 240.0.0.0/4', ['224.0.0.0', '240.0.0.0', '255.255.255.255'], ['223.255.255.255']],
    ["Azure's 168.63.129.16", ['168.63.129.16'], ['168.63.129.15', '168.63.129.17']],
    ['below 2000::/3', ['::', '::1', '1fff:ffff::', '::8.8.8.8', '::808:808', '::0x8.8.8.8'], ['2600::1']],
    ['above 2000::/3', ['4000::', 'ffff::'], ['3ffe::1']],
    ['::ffff:0:0/96', ['::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::ffff:10.1.2.3'], ['::ffff:8.8.8.8']],
    ['64:ff9b::/96 and 64:ff9b:1::/48', ['64:ff9b::8.8.8.8', '64:ff9b:1::8.8.8.8'], []],
    ['2001::/23', ['2001::', '2001:1::1', '2001:1ff:ffff::'], ['2001:200::']],
    ['2001:db8::/32', ['2001:db8::', '2001:db8:ffff::'], ['2001:db7:ffff::', '2001:db9::']],
    ['2002::/16', ['2002::', '2002:808:808::1'], ['2003::1']],
    ['3fff::/20', ['3fff::', '3fff:fff::'], ['3fff:1000::']],
    ['fc00::/7', ['fc00::', 'fdff:ffff::', 'fd00:ec2::254'], []],
    ['fe80::/10 and fec0::/10', ['fe80::1', 'fe80::1%eth0', 'fec0::1'], []],
    ['ff00::/8', ['ff00::', 'ff02::1'], []],
  ])('%s', (_, refused, allowed) => {
    const answers = [...refused, ...allowed].map((address) => [address, isAllowedAddress(address, PUBLIC)]);
    expect(answers).toEqual([
      ...refused.map((address) => [address, false]),
      ...allowed.map((address) => [address, true]),
    ]);
  });

  test.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111', '2001:4860:4860::8888', '2a00:1450:4001:80f::200e'])(
    '%s is public, under either policy',
    (address) => {
      expect([isAllowedAddress(address, PUBLIC), isAllowedAddress(address, LOCAL)]).toEqual([true, true]);
    },
  );

  test.each([
    '',
    'example.com',
    'localhost',
    '8.8.8.8/32',
    '8.8.8.8:443',
    '[2606:4700::1111]',
    '8.8.8.256',
    '::1::',
    '*',
  ])('what is no address is not allowed: "%s"', (text) => {
    expect([isAllowedAddress(text, PUBLIC), isAllowedAddress(text, LOCAL)]).toEqual([false, false]);
  });

  test.each<[string, boolean]>([
    ['127.0.0.1', true],
    ['127.255.255.255', true],
    ['::ffff:127.0.0.1', true],
    ['128.0.0.1', true],
    ['::1', false],
    ['10.0.0.1', false],
    ['169.254.169.254', false],
    ['0.0.0.0', false],
    ['::127.0.0.1', false],
    ['64:ff9b::127.0.0.1', false],
  ])('under the policy of the local cloud, %s: %s', (address, expected) => {
    expect(isAllowedAddress(address, LOCAL)).toBe(expected);
  });

  test('several ranges, of both families', () => {
    const policy = { allowHttp: false, allowedCidrs: ['10.1.0.0/16', 'fd00:1::/32'] };
    const allowed = ['10.1.2.3', 'fd00:1::5', '8.8.8.8', '2606:4700::1111'];
    const refused = ['10.2.0.1', 'fd00:2::5', '127.0.0.1', '::1'];
    expect(allowed.filter((address) => !isAllowedAddress(address, policy))).toEqual([]);
    expect(refused.filter((address) => isAllowedAddress(address, policy))).toEqual([]);
    expect(whyRefused('https://[fd00:1::5]/', policy)).toBeUndefined();
    expect(whyRefused('https://[fd00:2::5]/', policy)).toBe(NOT_PUBLIC_ADDRESS);
  });
});
