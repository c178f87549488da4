import { submitRequest } from '../../../lib/domain/submit-request.ts';

const places = (body: unknown): string[] =>
  submitRequest.safeParse(body).error?.issues.map(({ path }) => path.join('/')) ?? [];

describe('accepted, as it is', () => {
  test.each<[string, object]>([
    ['the least', {}],
    [
      'everything',
      {
        fields: { text: 'a', list: [1, null, { deep: true }] },
        reference: 'lead-17',
        webhook_url: 'https://example.com/hook',
        max_retries: 5,
        dry_run: true,
      },
    ],
    ['no fields in the fields', { fields: {} }],
    ['names that objects inherit, in the fields', { fields: { constructor: 1, toString: 'a' } }],
    ['a reference of 1 character', { reference: '1' }],
    ['a reference of 128 characters', { reference: 'é'.repeat(128) }],
    ['a reference with an emoji', { reference: '😀' }],
    ['a webhook_url of 2,048 characters', { webhook_url: `https://example.com/${'a'.repeat(2_028)}` }],
    ['no retries', { max_retries: 0 }],
    ['ten retries', { max_retries: 10 }],
    ['dry_run: false', { dry_run: false }],
  ])('%s', (_, members) => {
    const body = { template_id: 'text-statistics', ...members };
    expect(submitRequest.parse(body)).toStrictEqual(body);
  });
});

describe('uploads', () => {
  const upload = { name: 'a.jpg', size: 3, mime: 'image/jpeg', md5hash: '5d41402abc4b2a76b9719d911017c592' };
  const withUploads = (uploads: unknown) => ({ template_id: 'image-thumbnails', uploads });

  test.each([0, 1, 100])('%i are accepted, in their order', (count) => {
    const uploads = Array.from({ length: count }, (_, index) => ({ ...upload, name: `${index}.jpg` }));
    expect(submitRequest.parse(withUploads(uploads)).uploads).toStrictEqual(
      uploads.map((one) => ({ ...one, field: 'file' })),
    );
  });

  test('101 are refused', () => {
    expect(places(withUploads(Array(101).fill(upload)))).toEqual(['uploads']);
  });

  test.each<[string, unknown, string[]]>([
    ['null', null, ['uploads']],
    ['one that is not in a list', upload, ['uploads']],
    [
      'each at its place',
      [{ ...upload, size: 0 }, upload, { ...upload, name: '' }],
      ['uploads/0/size', 'uploads/2/name'],
    ],
  ])('refused: %s', (_, uploads, expected) => {
    expect(places(withUploads(uploads))).toEqual(expected);
  });
});

describe('refused', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a string', '{}'],
    ['a list', [{ template_id: 'text-statistics' }]],
  ])('%s for a body', (_, body) => {
    expect(places(body)).toEqual(['']);
  });

  test.each<[string, object, string]>([
    ['no template_id', { template_id: undefined }, 'template_id'],
    ['a template_id that is no string', { template_id: 1 }, 'template_id'],
    ['null for a template_id', { template_id: null }, 'template_id'],
    ['fields in a list', { fields: [1] }, 'fields'],
    ['fields in a string', { fields: '{}' }, 'fields'],
    ['null for fields', { fields: null }, 'fields'],
    ['an empty reference', { reference: '' }, 'reference'],
    ['a reference of 129 characters', { reference: 'a'.repeat(129) }, 'reference'],
    ['a number for a reference', { reference: 17 }, 'reference'],
    ['a lone surrogate in the reference', { reference: 'a\ud800' }, 'reference'],
    ['a webhook_url of 2,049 characters', { webhook_url: 'a'.repeat(2_049) }, 'webhook_url'],
    ['a lone surrogate in the webhook_url', { webhook_url: 'https://example.com/\udc00' }, 'webhook_url'],
    ['null for a webhook_url', { webhook_url: null }, 'webhook_url'],
    ['fewer than no retries', { max_retries: -1 }, 'max_retries'],
    ['eleven retries', { max_retries: 11 }, 'max_retries'],
    ['half a retry', { max_retries: 1.5 }, 'max_retries'],
    ['retries in words', { max_retries: '3' }, 'max_retries'],
    ['dry_run in words', { dry_run: 'true' }, 'dry_run'],
  ])('%s', (_, members, place) => {
    expect(places({ template_id: 'text-statistics', ...members })).toEqual([place]);
  });

  // OWASP API3: nobody sets by the way what is not theirs to set.
  test.each([
    'status',
    'user_id',
    'tenant_id',
    'owner',
    'assembly_id',
    'attempt',
    'version',
    'result',
    'templateId',
    'webhookUrl',
    'Template_id',
    'constructor',
  ])('the unknown member %s', (name) => {
    const parsed = submitRequest.safeParse({ template_id: 'text-statistics', [name]: 'x' });
    expect(parsed.error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: [name], path: [] }]);
  });

  test('every place at once', () => {
    expect(places({ reference: '', max_retries: 99, dry_run: 1 }).toSorted()).toEqual([
      'dry_run',
      'max_retries',
      'reference',
      'template_id',
    ]);
  });
});
