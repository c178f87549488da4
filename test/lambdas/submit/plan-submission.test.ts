import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type PlanDependencies, planSubmission } from '../../../lambdas/submit/plan-submission.ts';
import { assemblyId } from '../../../lib/domain/identifier.ts';
import type { SubmitRequest } from '../../../lib/domain/submit-request.ts';
import { buildRegistry } from '../../../lib/domain/template-registry.ts';
import type { WaybillError } from '../../../lib/domain/waybill-error.ts';

const ADA = { owner: 'ada', userId: 'ada' };
const HELLO = '5d41402abc4b2a76b9719d911017c592';
const WORLD = '7d793037a0760186574b0282f2f435e7';
const upload = (changes: object = {}) => ({
  name: 'a.txt',
  size: 5,
  mime: 'text/plain',
  md5hash: HELLO,
  field: 'file',
  ...changes,
});

const fields = z.looseObject({ n: z.number().optional() });
const steps = [{ name: 'one', title: 'One', run: () => null }];
const dependencies: PlanDependencies = {
  templates: buildRegistry([
    { id: 'no-files', fields, steps },
    { id: 'some-files', fields, steps, uploads: { min: 2, max: 3 } },
    { id: 'perhaps-a-file', fields, external: true, uploads: { min: 0, max: 1 } },
  ]),
  webhookPolicy: { allowHttp: false, allowedCidrs: [] },
  maxUploadBytes: 1_000,
};

const plan = (request: SubmitRequest) => planSubmission(request, ADA, dependencies);

/** The code of the refusal and its places. */
function refusal(request: SubmitRequest): [string, string[]] {
  try {
    plan(request);
  } catch (error) {
    const { code, errors = [] } = error as WaybillError;
    return [code, errors.map(({ pointer }) => pointer)];
  }
  throw new Error('It was accepted');
}

describe('the id', () => {
  test('is that of the uploads, the fields, the template and the owner', () => {
    const uploads = [upload({ md5hash: WORLD }), upload()];
    const canonical = '{"a":"é","n":1}';
    const md5 = createHash('md5').update(canonical).digest('hex');
    const planned = plan({ template_id: 'some-files', uploads, fields: { n: 1, a: 'é' } });
    expect(planned).toMatchObject({
      assemblyId: assemblyId({ md5s: [WORLD, HELLO, md5], templateId: 'some-files', owner: 'ada' }),
      template: { id: 'some-files' },
      fields: { md5, canonical },
    });
    expect(planned.uploads).toEqual([
      { id: WORLD, ...upload({ md5hash: WORLD }) },
      { id: HELLO, ...upload() },
    ]);
  });

  test('without uploads and fields is that of the template and the owner', () => {
    const planned = plan({ template_id: 'no-files' });
    expect(planned).toMatchObject({
      assemblyId: assemblyId({ md5s: [], templateId: 'no-files', owner: 'ada' }),
      uploads: [],
    });
    expect(planned.fields).toBeUndefined();
  });

  test.each<[string, Partial<SubmitRequest>]>([
    ['names', { uploads: [upload({ name: 'b.txt' }), upload({ name: 'c.txt' })] }],
    ['meta', { uploads: [upload({ meta: { lot: 7 } }), upload()] }],
    ['reference', { reference: 'r' }],
    ['webhook_url', { webhook_url: 'https://example.com/' }],
    ['max_retries', { max_retries: 9 }],
    ['dry_run', { dry_run: true }],
  ])('does not depend on %s', (_, changes) => {
    const request = { template_id: 'some-files', uploads: [upload(), upload()] };
    expect(plan({ ...request, ...changes }).assemblyId).toBe(plan(request).assemblyId);
  });

  test.each<[string, Partial<SubmitRequest>]>([
    ['the bytes of a file', { uploads: [upload(), upload({ md5hash: WORLD })] }],
    ['how often the same file comes', { uploads: [upload(), upload(), upload()] }],
    ['fields', { fields: { n: 1 } }],
    ['having fields at all', { fields: {} }],
  ])('depends on %s', (_, changes) => {
    const request = { template_id: 'some-files', uploads: [upload(), upload()] };
    expect(plan({ ...request, ...changes }).assemblyId).not.toBe(plan(request).assemblyId);
  });

  test('of the same file twice gives each an upload id of its own', () => {
    const { uploads } = plan({ template_id: 'some-files', uploads: [upload(), upload({ name: 'b.txt' })] });
    expect(uploads.map(({ id, name }) => [id, name])).toEqual([
      [HELLO, 'a.txt'],
      [`${HELLO}-2`, 'b.txt'],
    ]);
  });
});

describe('the number of files', () => {
  test.each([
    ['no-files', 0],
    ['some-files', 2],
    ['some-files', 3],
    ['perhaps-a-file', 0],
    ['perhaps-a-file', 1],
  ])('%s takes %i', (template_id, count) => {
    expect(plan({ template_id, uploads: Array(count).fill(upload()) }).uploads).toHaveLength(count);
  });

  test.each([
    ['no-files', 1],
    ['some-files', 0],
    ['some-files', 1],
    ['some-files', 4],
    ['perhaps-a-file', 2],
  ])('%s does not take %i', (template_id, count) => {
    expect(refusal({ template_id, uploads: Array(count).fill(upload()) })).toEqual([
      'invalid_uploads',
      ['/uploads'],
    ]);
  });

  test('that are not named at all is none', () => {
    expect(refusal({ template_id: 'some-files' })).toEqual(['invalid_uploads', ['/uploads']]);
  });
});

describe('the size of a file', () => {
  test('may be the limit', () => {
    const uploads = [upload({ size: 1_000 }), upload({ size: 1_000 })];
    expect(plan({ template_id: 'some-files', uploads }).uploads).toHaveLength(2);
  });

  test('beyond it is refused, each at its place', () => {
    const uploads = [
      upload({ size: 1_001 }),
      upload({ md5hash: WORLD }),
      upload({ size: 2 ** 40, md5hash: 'f'.repeat(32) }),
    ];
    expect(refusal({ template_id: 'some-files', uploads })).toEqual([
      'invalid_uploads',
      ['/uploads/0/size', '/uploads/2/size'],
    ]);
  });

  test('is one for the same bytes: where it is two, both are refused', () => {
    const uploads = [upload(), upload({ md5hash: WORLD, size: 6 }), upload({ size: 6 })];
    expect(refusal({ template_id: 'some-files', uploads })).toEqual([
      'invalid_uploads',
      ['/uploads/0/size', '/uploads/2/size'],
    ]);
  });

  test('and their number are told at once', () => {
    expect(refusal({ template_id: 'no-files', uploads: [upload({ size: 1_001 })] })).toEqual([
      'invalid_uploads',
      ['/uploads/0/size', '/uploads'],
    ]);
  });
});

describe('the fields', () => {
  const MB = 1024 * 1024;
  const withBytes = (bytes: number) => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });

  test('may have 5 MB', () => {
    const planned = plan({ template_id: 'no-files', fields: withBytes(5 * MB) });
    expect(planned.fields?.canonical).toHaveLength(5 * MB);
  });

  test('may not have a byte more', () => {
    expect(refusal({ template_id: 'no-files', fields: withBytes(5 * MB + 1) })).toEqual([
      'payload_too_large',
      ['/fields'],
    ]);
  });

  test('are counted in bytes', () => {
    const half = { a: 'é'.repeat(2.5 * MB) };
    expect(refusal({ template_id: 'no-files', fields: half })).toEqual(['payload_too_large', ['/fields']]);
  });

  test('are what the schema of the template says', () => {
    expect(refusal({ template_id: 'no-files', fields: { n: 'one' } })).toEqual([
      'invalid_fields',
      ['/fields/n'],
    ]);
  });
});

test('a template that there is not is named', () => {
  expect(refusal({ template_id: 'no-file' })).toEqual(['unknown_template', ['/template_id']]);
  expect(refusal({ template_id: 'constructor' })).toEqual(['unknown_template', ['/template_id']]);
});

test('an address that webhooks do not go to is refused', () => {
  expect(refusal({ template_id: 'no-files', webhook_url: 'http://example.com/' })).toEqual([
    'webhook_url_refused',
    ['/webhook_url'],
  ]);
});
