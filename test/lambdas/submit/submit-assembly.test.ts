import * as z from 'zod';
import { type OwnerLimiter, unlimited } from '../../../lambdas/shared/owner-limiter.ts';
import { type SubmitDependencies, submitAssembly } from '../../../lambdas/submit/submit-assembly.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { assemblyId, canonicalFields, fieldsMd5 } from '../../../lib/domain/identifier.ts';
import { fieldsKey } from '../../../lib/domain/object-key.ts';
import type { SubmitRequest } from '../../../lib/domain/submit-request.ts';
import { buildRegistry } from '../../../lib/domain/template-registry.ts';
import { WaybillError } from '../../../lib/domain/waybill-error.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemoryFiles, uploadsOf } from '../in-memory-files.ts';

const NOW = new Date('2026-11-21T12:00:10.000Z');
const ADA = { owner: 'ada', userId: 'ada' };
const UPLOADS = uploadsOf('one', 'two', 'three');
const [ONE, TWO, THREE] = UPLOADS.map(({ id }) => id) as [string, string, string];
const REQUESTED = UPLOADS.map(({ id: _, ...upload }) => upload);
const WITH_FILES = { template_id: 'with-files', uploads: REQUESTED };
const fields = z.looseObject({});
const steps = [{ name: 'one', title: 'One', run: () => null }];

function submitter(limiter: OwnerLimiter = unlimited) {
  const store = new InMemoryAssemblyStore();
  const files = new InMemoryFiles();
  const dependencies: SubmitDependencies = {
    store,
    files,
    templates: buildRegistry([
      { id: 'no-files', fields, steps },
      { id: 'with-files', fields, steps, uploads: { min: 1, max: 10 } },
      { id: 'by-hand', fields, external: true },
    ]),
    webhookPolicy: { allowHttp: false, allowedCidrs: [] },
    maxUploadBytes: 1_000,
    limiter,
    branch: 'main',
    now: () => NOW,
  };
  const submit = (request: SubmitRequest, user = ADA) => submitAssembly(request, user, dependencies);
  /** As if a worker or somebody else had changed it. */
  const become = (changes: Partial<Assembly>) => {
    store.assembly = { ...store.assembly, ...changes, version: store.assembly.version + 1 };
  };
  const upload = (...indexes: readonly number[]) => {
    for (const index of indexes) {
      const one = UPLOADS[index];
      if (one) files.put(store.assembly.assembly_id, one, ['one', 'two', 'three'][index] ?? '');
    }
  };
  return { store, files, submit, become, upload };
}

describe('a new assembly', () => {
  test('without files is queued', async () => {
    const { submit, store } = submitter();
    const { assembly, ...outcome } = await submit({
      template_id: 'no-files',
      fields: { n: 1 },
      reference: 'r',
    });
    expect(outcome).toMatchObject({ created: true, restarted: false });
    const md5 = fieldsMd5('{"n":1}');
    expect(assembly).toEqual({
      assembly_id: assemblyId({ md5s: [md5], templateId: 'no-files', owner: 'ada' }),
      template_id: 'no-files',
      user_id: 'ada',
      status: 'queued',
      attempt: 1,
      claim: 0,
      version: 1,
      last_writer: expect.any(String),
      external: false,
      branch: 'main',
      fields: { n: 1 },
      fields_md5: md5,
      reference: 'r',
      max_retries: 3,
      progress: 0,
      retry_count: 0,
      created_at: NOW.toISOString(),
      updated_at: NOW.toISOString(),
      queued_at: NOW.toISOString(),
      deadline_at: NOW.getTime() / 1000 + 900,
    });
    expect(store.history).toEqual([assembly]);
  });

  test('with files waits for them, and nobody looks for them', async () => {
    const { submit, store, upload } = submitter();
    upload(0, 1, 2);
    const { assembly, created } = await submit(WITH_FILES);
    expect(created).toBe(true);
    expect(assembly).toMatchObject({ status: 'uploading', uploads: UPLOADS, received: [], version: 1 });
    expect(assembly).not.toHaveProperty('queued_at');
    expect(assembly).not.toHaveProperty('fields_md5');
    expect(store.history).toHaveLength(1);
  });

  test('over one that is past its time to live is new', async () => {
    const { submit, become } = submitter();
    await submit(WITH_FILES);
    become({
      status: 'completed',
      received: [ONE, TWO, THREE],
      expires_at: NOW.getTime() / 1000,
      attempt: 3,
    });
    const { assembly, ...outcome } = await submit(WITH_FILES);
    expect(outcome).toMatchObject({ created: true, restarted: false });
    expect(assembly).toMatchObject({ status: 'uploading', received: [], attempt: 1, version: 1 });
  });
});

describe('fields', () => {
  const withBytes = (bytes: number) => ({ z: 1, a: 'x'.repeat(bytes - '{"a":"","z":1}'.length) });

  test('of 2 KB are in the item alone', async () => {
    const { submit, files } = submitter();
    const small = withBytes(2_048);
    const { assembly } = await submit({ template_id: 'no-files', fields: small });
    expect(assembly).toMatchObject({ fields: small, fields_md5: fieldsMd5(canonicalFields(small)) });
    expect(files.objects.size).toBe(0);
  });

  test.each([
    ['a byte more', withBytes(2_049)],
    ['fewer characters and more bytes', { a: 'é'.repeat(1_030) }],
    ['5 MB', withBytes(5 * 1024 * 1024)],
  ])('of %s are in the bucket alone, under their md5, as canonical JSON', async (_, large) => {
    const { submit, files } = submitter();
    const { assembly } = await submit({ template_id: 'no-files', fields: large });
    const canonical = canonicalFields(large);
    const md5 = fieldsMd5(canonical);
    expect(assembly).toMatchObject({ status: 'queued', fields_md5: md5 });
    expect(assembly).not.toHaveProperty('fields');
    expect([...files.objects.keys()]).toEqual([fieldsKey(assembly.assembly_id, md5)]);
    expect(files.textOf(fieldsKey(assembly.assembly_id, md5)) === canonical).toBe(true);
  });

  test('are in the bucket before anybody can find the assembly', async () => {
    const { submit, files, store } = submitter();
    files.beforeWrite = () => expect(store.history).toEqual([]);
    await submit({ template_id: 'no-files', fields: withBytes(3_000) });
    expect(store.history).toHaveLength(1);
    expect(files.objects.size).toBe(1);
  });

  test('that the bucket does not take are accepted from nobody', async () => {
    const { submit, files, store } = submitter();
    files.beforeWrite = () => {
      throw new Error('slow down');
    };
    await expect(submit({ template_id: 'no-files', fields: withBytes(3_000) })).rejects.toThrow('slow down');
    expect(store.history).toEqual([]);
  });

  test('that have gone from the bucket are there again after a resubmission', async () => {
    const { submit, files, become } = submitter();
    const request = { template_id: 'no-files', fields: withBytes(3_000) };
    await submit(request);
    become({ status: 'failed' });
    files.objects.clear();
    expect(await submit(request)).toMatchObject({ restarted: true, assembly: { status: 'queued' } });
    expect(files.objects.size).toBe(1);
  });
});

describe('submitted again while it waits for files', () => {
  test('it queues where all are there, though no event has come', async () => {
    const { submit, upload } = submitter();
    await submit(WITH_FILES);
    upload(0, 1, 2);
    const { assembly, ...outcome } = await submit(WITH_FILES);
    expect(outcome).toMatchObject({ created: false, restarted: false });
    expect(assembly).toMatchObject({
      status: 'queued',
      queued_at: NOW.toISOString(),
      received: [ONE, TWO, THREE],
      attempt: 1,
      version: 2,
    });
  });

  test('it goes on waiting for those that are not, and knows of the others', async () => {
    const { submit, upload, store } = submitter();
    await submit(WITH_FILES);
    upload(2);
    const { assembly } = await submit(WITH_FILES);
    expect(assembly).toMatchObject({ status: 'uploading', received: [THREE], version: 2 });
    upload(0);
    await submit(WITH_FILES);
    expect(store.assembly).toMatchObject({ status: 'uploading', received: [ONE, THREE], version: 3 });
  });

  test('it does not take a file of another size for one of its own', async () => {
    const { submit, files, store } = submitter();
    await submit(WITH_FILES);
    for (const one of UPLOADS) files.put(store.assembly.assembly_id, one, 'something else');
    expect((await submit(WITH_FILES)).assembly).toMatchObject({
      status: 'uploading',
      received: [],
      version: 1,
    });
  });

  test('nothing is written where nothing has come', async () => {
    const { submit, store } = submitter();
    await submit(WITH_FILES);
    await submit(WITH_FILES);
    expect(store.history).toHaveLength(1);
  });

  test('looks only for what is missing', async () => {
    const { submit, upload, become, files } = submitter();
    await submit(WITH_FILES);
    become({ received: [ONE] });
    upload(1);
    const asked: string[] = [];
    const has = files.has.bind(files);
    files.has = (key, size) => {
      asked.push(key.slice(-ONE.length));
      return has(key, size);
    };
    await submit(WITH_FILES);
    expect(asked.toSorted()).toEqual([TWO, THREE].toSorted());
  });

  test('a file that was announced with a wrong size, name or type is announced anew', async () => {
    const { submit, upload, store } = submitter();
    const wrong = REQUESTED.map((one) => ({ ...one, size: one.size + 1, name: 'wrong', mime: 'a/b' }));
    await submit({ ...WITH_FILES, uploads: wrong });
    expect(store.assembly.uploads).toMatchObject([{ size: 4 }, { size: 4 }, { size: 6 }]);
    const { assembly, ...outcome } = await submit(WITH_FILES);
    expect(outcome).toMatchObject({ created: false, restarted: false });
    expect(assembly).toMatchObject({ status: 'uploading', uploads: UPLOADS, received: [], attempt: 1 });
    upload(0, 1, 2);
    expect((await submit(WITH_FILES)).assembly).toMatchObject({ status: 'queued', uploads: UPLOADS });
  });

  test('a file that has come keeps what it was announced with', async () => {
    const { submit, become } = submitter();
    await submit(WITH_FILES);
    become({ received: [TWO] });
    const renamed = REQUESTED.map((one) => ({ ...one, name: `new ${one.name}` }));
    const { assembly } = await submit({ ...WITH_FILES, uploads: renamed.toReversed() });
    expect(assembly.uploads?.map(({ name }) => name)).toEqual(['new 0.txt', '1.txt', 'new 2.txt']);
  });

  test('an upload that comes while others are announced anew is not lost', async () => {
    const { submit, become, store } = submitter();
    await submit(WITH_FILES);
    let came = false;
    store.beforeWrite = () => {
      if (!came) become({ received: [ONE] });
      came = true;
    };
    const renamed = REQUESTED.map((one) => ({ ...one, name: `new ${one.name}` }));
    const { assembly } = await submit({ ...WITH_FILES, uploads: renamed });
    expect(assembly).toMatchObject({ status: 'uploading', uploads: UPLOADS, received: [ONE] });
  });

  test('by fifty at once it queues once', async () => {
    const { submit, upload, store } = submitter();
    await submit(WITH_FILES);
    upload(0, 1, 2);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => submit(WITH_FILES)));
    for (const { assembly } of outcomes) expect(assembly).toMatchObject({ status: 'queued', version: 2 });
    expect(store.history).toHaveLength(2);
  });
});

describe('submitted again while it is or has been worked on', () => {
  test.each(['queued', 'processing', 'completed', 'partial'] as const)(
    '%s: it stays as it is',
    async (status) => {
      const { submit, become, store, upload } = submitter();
      await submit({ ...WITH_FILES, reference: 'first' });
      become({ status, received: [ONE, TWO, THREE] });
      upload(0);
      const { assembly, ...outcome } = await submit({ ...WITH_FILES, reference: 'second' });
      expect(outcome).toMatchObject({ created: false, restarted: false });
      expect(assembly).toMatchObject({ status, received: [ONE, TWO, THREE], reference: 'first', version: 2 });
      expect(store.history).toHaveLength(1);
    },
  );
});

describe.each(['failed', 'canceled'] as const)('submitted again after it was %s', (status) => {
  const ENDED: Partial<Assembly> = {
    status,
    attempt: 4,
    claim: 7,
    received: [ONE, TWO, THREE],
    progress: 80,
    progress_message: 'Reading',
    result: 1,
    results: { read: [] },
    error: { code: 'step_failed', category: 'WORKER_ERROR' },
    file_errors: { [ONE]: { code: 'black', category: 'FILE_ERROR' } },
    retry_count: 3,
    queued_at: '2026-11-20T00:00:00.000Z',
    started_at: '2026-11-20T00:00:00.000Z',
    ended_at: '2026-11-20T00:00:00.000Z',
    redo: [ONE],
    expires_at: 4_000_000_000,
  };
  const GONE = [
    'progress_message',
    'result',
    'results',
    'error',
    'file_errors',
    'started_at',
    'ended_at',
    'redo',
    'next_retry_at',
    'expires_at',
  ];

  test('a new attempt is queued where all files are still there', async () => {
    const { submit, become, upload, store } = submitter();
    await submit(WITH_FILES);
    become(ENDED);
    upload(0, 1, 2);
    const { assembly, ...outcome } = await submit(WITH_FILES);
    expect(outcome).toMatchObject({ created: false, restarted: true });
    expect(assembly).toMatchObject({
      status: 'queued',
      attempt: 5,
      claim: 7,
      version: 3,
      received: [ONE, TWO, THREE],
      progress: 0,
      retry_count: 0,
      queued_at: NOW.toISOString(),
    });
    for (const name of GONE) expect(assembly).not.toHaveProperty(name);
    expect(store.history).toHaveLength(2);
  });

  test('a new attempt waits for the files that are no longer there', async () => {
    const { submit, become, upload } = submitter();
    await submit(WITH_FILES);
    become(ENDED);
    upload(0, 2);
    const { assembly, restarted } = await submit(WITH_FILES);
    expect(restarted).toBe(true);
    expect(assembly).toMatchObject({
      status: 'uploading',
      attempt: 5,
      received: [ONE, THREE],
      uploads: UPLOADS,
    });
    for (const name of [...GONE, 'queued_at']) expect(assembly).not.toHaveProperty(name);
  });

  test('a new attempt has the names, types and order of the new submission', async () => {
    const { submit, become, upload } = submitter();
    await submit(WITH_FILES);
    become(ENDED);
    upload(0, 1, 2);
    const uploads = REQUESTED.map((one) => ({
      ...one,
      name: `new ${one.name}`,
      meta: { lot: 7 },
    })).toReversed();
    const { assembly } = await submit({ ...WITH_FILES, uploads });
    expect(assembly).toMatchObject({ status: 'queued', received: [THREE, TWO, ONE] });
    expect(assembly.uploads).toEqual(uploads.map((one) => ({ id: one.md5hash, ...one })));
  });

  test('without files a new attempt is queued, with new settings', async () => {
    const { submit, become } = submitter();
    const first = { reference: 'first', webhook_url: 'https://example.com/first', max_retries: 9 };
    await submit({ template_id: 'no-files', ...first });
    const { received: _, ...ended } = ENDED;
    become(ended);
    const { assembly } = await submit({ template_id: 'no-files', reference: 'second' });
    expect(assembly).toMatchObject({ status: 'queued', attempt: 5, reference: 'second', max_retries: 3 });
    expect(assembly).not.toHaveProperty('webhook_url');
    expect(assembly).not.toHaveProperty('received');
  });

  test('by fifty at once there is one new attempt', async () => {
    const { submit, become, upload, store } = submitter();
    await submit(WITH_FILES);
    become(ENDED);
    upload(0, 1, 2);
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => submit(WITH_FILES)));
    expect(outcomes.filter(({ restarted }) => restarted)).toHaveLength(1);
    for (const { assembly } of outcomes) expect(assembly).toMatchObject({ status: 'queued', attempt: 5 });
    expect(store.history).toHaveLength(2);
  });
});

describe('an id that is taken', () => {
  // The bytes of one upload are somebody's canonical fields.
  const inner = { n: 1 };
  const canonical = canonicalFields(inner);
  const [asFile] = uploadsOf(canonical).map(({ id: _, ...upload }) => upload);
  const [other] = REQUESTED;
  const asFields: SubmitRequest = { template_id: 'with-files', uploads: other && [other], fields: inner };
  const asFiles: SubmitRequest = { template_id: 'with-files', uploads: other && asFile && [other, asFile] };
  const different = expect.objectContaining({ code: 'different_input' });

  test.each([
    ['fields', asFields, asFiles],
    ['files', asFiles, asFields],
  ])('by %s is not shown to who submits the same bytes as another kind', async (_, first, second) => {
    const { submit, become, store } = submitter();
    await submit(first);
    become({ status: 'failed' });
    const before = store.assembly;
    await expect(submit(second)).rejects.toEqual(different);
    expect(store.assembly).toBe(before);
  });

  test.each<[string, Partial<Assembly>]>([
    ['another owner', { user_id: 'bob' }],
    ['another template', { template_id: 'no-files' }],
    ['other fields', { fields_md5: 'f'.repeat(32) }],
  ])('by %s, which cannot be, is not shown', async (_, changes) => {
    const { submit, become } = submitter();
    await submit(WITH_FILES);
    become(changes);
    const refusal = await submit(WITH_FILES).catch((error: unknown) => error);
    expect(refusal).toEqual(different);
    expect(refusal).toMatchObject({ current: undefined });
  });
});

test('an assembly that is deleted while it is submitted can be submitted again', async () => {
  const { submit, store } = submitter();
  store.create = async () => ({ written: false, assembly: undefined });
  await expect(submit(WITH_FILES)).rejects.toEqual(expect.objectContaining({ code: 'unavailable' }));
});

test('the template says who works', async () => {
  const { submit } = submitter();
  expect((await submit({ template_id: 'by-hand' })).assembly).toMatchObject({
    external: true,
    status: 'queued',
  });
});

describe('at the limit of open assemblies', () => {
  /** As long as it is full, only what opens nothing gets through. */
  function fullOwner() {
    const state = { isFull: false, turns: [] as boolean[] };
    const owner = submitter({
      async take(_, opens) {
        state.turns.push(opens);
        if (opens && state.isFull) throw new WaybillError('too_many_open', 'Full.');
        return { ratelimit: opens ? 'opened' : 'repeated' };
      },
    });
    return { ...owner, state };
  }
  const request: SubmitRequest = { template_id: 'no-files', fields: { n: 1 } };

  test('nothing is written of what is new, not its large fields either', async () => {
    const { submit, store, files, state } = fullOwner();
    state.isFull = true;
    const large: SubmitRequest = { template_id: 'no-files', fields: { text: 'x'.repeat(100_000) } };
    for (const each of [request, large])
      await expect(submit(each)).rejects.toMatchObject({ code: 'too_many_open' });
    expect(store.history).toEqual([]);
    const key = fieldsKey(
      assemblyId({
        md5s: [fieldsMd5(canonicalFields(large.fields ?? {}))],
        templateId: 'no-files',
        owner: 'ada',
      }),
      fieldsMd5(canonicalFields(large.fields ?? {})),
    );
    expect(await files.read(key)).toBeUndefined();
  });

  test.each(['queued', 'processing', 'completed', 'partial'] as const)(
    'what is %s is answered as it is, and counts for the rate',
    async (status) => {
      const { submit, become, state } = fullOwner();
      await submit(request);
      become({ status });
      state.isFull = true;
      expect(await submit(request)).toMatchObject({
        assembly: { status },
        created: false,
        restarted: false,
        limits: { ratelimit: 'repeated' },
      });
      expect(state.turns).toEqual([true, true, false]);
    },
  );

  test.each(['failed', 'canceled'] as const)('what has %s does not start again', async (status) => {
    const { submit, become, state, store } = fullOwner();
    await submit(request);
    become({ status, deadline_at: undefined });
    state.isFull = true;
    await expect(submit(request)).rejects.toMatchObject({ code: 'too_many_open' });
    expect(store.assembly.attempt).toBe(1);
  });
});
