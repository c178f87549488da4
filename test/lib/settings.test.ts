import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waybillSettings } from '../../lib/settings.ts';

const parse = (webhookScheduleSeconds?: unknown) =>
  waybillSettings.safeParse({ jwt: 'generated', webhookScheduleSeconds });

describe('webhookScheduleSeconds', () => {
  test.each<[string, unknown, readonly number[]]>([
    [
      'is 76 hours where nothing is said',
      undefined,
      [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400],
    ],
    ['is a list in cdk.json', [0, 1, 2], [0, 1, 2]],
    ['of texts, too', ['0', '1'], [0, 1]],
    ['is text on the command line', '0, 1,2', [0, 1, 2]],
    ['may be empty: one attempt', '', []],
    ['may wait for two days', '172800', [172_800]],
  ])('%s', (_, given, expected) => {
    expect(parse(given).data?.webhookScheduleSeconds).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ['longer than two days', '5,172801'],
    ['negative', [-1]],
    ['a part of a second', '5,1.5'],
    ['a word', '5,soon'],
    ['more than twenty', Array(21).fill(1)],
    ['a number', 5],
    ['null', [null]],
  ])('is not %s', (_, given) => {
    expect(parse(given).success).toBe(false);
  });
});

describe('corsAllowedOrigins', () => {
  const originsOf = (corsAllowedOrigins: unknown) =>
    waybillSettings.safeParse({ jwt: 'generated', corsAllowedOrigins }).data?.corsAllowedOrigins;

  test.each<[string, readonly string[]]>([
    ['https://app.example.com, http://localhost:5173', ['https://app.example.com', 'http://localhost:5173']],
    ['*', ['*']],
    ['https://*', ['https://*']],
    ['', []],
  ])('can be "%s"', (given, origins) => {
    expect(originsOf(given)).toEqual(origins);
  });

  test.each([
    'https://app.example.com/',
    'https://app.example.com/app',
    'app.example.com',
    'https://*.example.com',
    'https://App.example.com',
    'https://app.example.com https://b.example.com',
    'null',
  ])('cannot be "%s", which would match no browser or fail while it is deployed', (given) => {
    expect(originsOf(given)).toBeUndefined();
  });
});

describe.each([
  ['submissionConcurrency', 2, 1_000],
  // Lambda allows 900, and what is sent is also written down.
  ['submissionTimeoutSeconds', 5, 890],
] as const)('%s', (name, least, most) => {
  const read = (value: unknown) =>
    waybillSettings.safeParse({ jwt: 'generated', [name]: value }).data?.[name];

  test('is a whole number, as JSON or as text of the command line', () => {
    for (const value of [least, most]) {
      expect(read(value)).toBe(value);
      expect(read(String(value))).toBe(value);
    }
  });

  test.each([least - 1, most + 1, least + 0.5, '', 'many', null])('is not %p', (value) => {
    expect(read(value)).toBeUndefined();
  });
});

describe('templateConfig', () => {
  const config = { 'message-delivery': { urls: { senate: 'https://senate.example.com' } } };
  const read = (templateConfig?: unknown) => waybillSettings.safeParse({ jwt: 'generated', templateConfig });
  const faultsOf = (given: unknown): string[] | undefined =>
    read(given).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

  test.each<[string, unknown, object]>([
    ['is empty where nothing is said', undefined, {}],
    ['is an object in cdk.json', config, config],
    ['is JSON on the command line', JSON.stringify(config), config],
    ['may hold any JSON', '{"a":[1,null,"x"]}', { a: [1, null, 'x'] }],
    ['may have 2 KB', { a: 'x'.repeat(2_040) }, { a: 'x'.repeat(2_040) }],
  ])('%s', (_, given, expected) => {
    expect(read(given).data?.templateConfig).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ['text that is no JSON', '{message-delivery: {}}'],
    ['nothing', ''],
    ['a list', '[]'],
    ['a number', 5],
    ['a word', '"urls"'],
    ['null', null],
  ])('is not %s, and the sentence shows what it is', (_, given) => {
    expect(faultsOf(given)).toEqual([
      'templateConfig: must be a JSON object by template id, such as ' +
        '{"message-delivery":{"urls":{"house":"https://house.example.com"}}}',
    ]);
  });

  test('has room in the variables of a function', () => {
    expect(faultsOf({ a: 'é'.repeat(1_024) })).toEqual(['templateConfig: may have 2048 bytes at most']);
  });
});

describe('domainName', () => {
  const certificateArn =
    'arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555';
  const faultsOf = (settings: object): string[] =>
    waybillSettings
      .safeParse({ jwt: 'generated', ...settings })
      .error?.issues.map(({ path, message }) => `${path}: ${message}`) ?? [];

  test('goes with a certificate', () => {
    expect(faultsOf({ domainName: 'jobs.example.com', certificateArn })).toEqual([]);
    expect(faultsOf({})).toEqual([]);
    for (const half of [{ domainName: 'jobs.example.com' }, { certificateArn }])
      expect(faultsOf(half)).toEqual([
        'domainName: needs certificateArn, and certificateArn needs domainName',
      ]);
  });

  test.each([
    'https://jobs.example.com',
    'jobs.example.com/',
    'Jobs.example.com',
    'jobs',
    '*.example.com',
    '-a.example.com',
    '',
  ])('is not "%s"', (domainName) => {
    expect(faultsOf({ domainName, certificateArn })).toEqual([
      expect.stringMatching(/^domainName: must be a domain/),
    ]);
  });

  test('has a certificate of ACM', () => {
    const certificate = 'arn:aws:iam::123456789012:server-certificate/jobs';
    expect(faultsOf({ domainName: 'jobs.example.com', certificateArn: certificate })).toEqual([
      'certificateArn: must be the ARN of a certificate in ACM',
    ]);
  });
});

describe('docs/deploy.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/deploy.md'), 'utf8');
  const [, section = ''] = page.split(/^## Settings$/m);
  const [table = ''] = section.split(/^## /m);
  const rows = new Map(
    [...table.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, name = '', text = '']) => [name, text]),
  );
  const defaults = waybillSettings.parse({ jwt: 'generated' });

  test('has each setting, and no other', () => {
    expect([...rows.keys()].sort()).toEqual(Object.keys(waybillSettings.shape).sort());
  });

  test.each(Object.keys(waybillSettings.shape).filter((name) => name !== 'jwt'))(
    'has the default of %s',
    (name) => {
      const value: unknown = defaults[name as keyof typeof defaults];
      const isNone =
        value === undefined ||
        (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
      const expected = isNone ? '(none)' : [value].flat().join(', ');
      // What follows in brackets says the same in other words.
      expect(
        rows
          .get(name)
          ?.replaceAll('`', '')
          .replace(/ \([^)]*\)$/, ''),
      ).toBe(expected);
    },
  );
});

describe('bedrockModelArns', () => {
  const arnsOf = (bedrockModelArns: unknown) =>
    waybillSettings.safeParse({ jwt: 'generated', bedrockModelArns }).data?.bedrockModelArns;
  const model = 'arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0';
  const profile = 'arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0';

  test('are none where nothing is said, and a list or text otherwise', () => {
    expect(arnsOf(undefined)).toEqual([]);
    expect(arnsOf([model, profile])).toEqual([model, profile]);
    expect(arnsOf(`${model}, ${profile}`)).toEqual([model, profile]);
  });

  test.each([
    ['a wildcard', 'arn:aws:bedrock:eu-central-1::foundation-model/*'],
    ['every region', 'arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0'],
    ['everything', '*'],
    ['another service', 'arn:aws:s3:::bucket'],
    ['a guardrail', 'arn:aws:bedrock:eu-central-1:123456789012:guardrail/abc'],
    ['the id alone', 'amazon.nova-lite-v1:0'],
    ['more than twenty', Array(21).fill(model)],
  ])('are not %s', (_, given) => {
    expect(arnsOf(given)).toBeUndefined();
  });
});
