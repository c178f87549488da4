import {
  type DownloadRight,
  type FindDownloadDependencies,
  findDownload,
} from '../../../lambdas/results/find-download.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import type { ResultFile } from '../../../lib/domain/result-file.ts';
import { ResultLinks } from '../../../lib/domain/result-link.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const NOW_SECONDS = NOW.getTime() / 1000;
const ID = 'a'.repeat(64);
const result = (id: string): ResultFile => ({
  id,
  name: 'small.webp',
  size: 10,
  mime: 'image/webp',
  field: 'file',
  original_id: '',
});
const STORED: Partial<Assembly> = {
  status: 'completed',
  attempt: 2,
  user_id: 'ada',
  results: { resize: [result('3-1')], report: [result('3-2')] },
  result_file: result('3-4'),
};

/** The bucket, where all results have ten bytes, without those. */
const bucketWithout = (...gone: readonly string[]): FindDownloadDependencies['files'] => ({
  has: async (key, size) => {
    const [prefix, id, resultId = ''] = key.split('/');
    return prefix === 'results' && id === ID && size === 10 && !gone.includes(resultId);
  },
});

interface FindOptions {
  readonly stored?: Partial<Assembly>;
  readonly resultId?: string;
  readonly assemblyId?: string;
  readonly files?: FindDownloadDependencies['files'];
}

function find(
  right: DownloadRight,
  { stored = {}, resultId = '3-2', assemblyId = ID, files = bucketWithout() }: FindOptions = {},
) {
  return findDownload({ assemblyId, resultId }, right, {
    store: new InMemoryAssemblyStore({ ...STORED, ...stored }),
    files,
    masterSecret: async () => 'master',
    now: () => NOW,
  });
}

/** A link as the status had it, but for what changes. */
function link(
  changes: Partial<Parameters<ResultLinks['url']>[1]> & { owner?: string; master?: string } = {},
) {
  const { owner = 'ada', master = 'master', ...values } = changes;
  const linked = { assemblyId: ID, attempt: 2, resultId: '3-2', expires: NOW_SECONDS + 3_600, ...values };
  const signature = new URL(new ResultLinks(master, owner).url('https://x', linked)).searchParams.get('sig');
  return { expires: linked.expires, signature: signature ?? '' };
}

const notFound = expect.objectContaining({ code: 'not_found' });

describe('the owner', () => {
  test.each(['3-1', '3-2', '3-4'])('gets the result %s', async (resultId) => {
    expect(await find({ sight: { userId: 'ada' } }, { resultId })).toEqual(result(resultId));
  });

  test('gets what is there while the rest is still in work', async () => {
    expect(await find({ sight: { userId: 'ada' } }, { stored: { status: 'processing' } })).toEqual(
      result('3-2'),
    );
  });

  test.each<[string, FindOptions]>([
    ['a result that never was', { resultId: '3-3' }],
    ['a result where there is none', { stored: { results: undefined } }],
    ['a result of an assembly that never was', { assemblyId: 'b'.repeat(64) }],
    ['a result of an assembly that is gone', { stored: { expires_at: NOW_SECONDS } }],
  ])('does not find %s', async (_, options) => {
    await expect(find({ sight: { userId: 'ada' } }, options)).rejects.toEqual(notFound);
  });

  test.each(['bob', 'Ada', 'acme/ada', ''])('is not %j', async (owner) => {
    await expect(find({ sight: { userId: owner } })).rejects.toEqual(notFound);
  });
});

test('a stranger and somebody with a forged link are told what is told of a result that never was', async () => {
  const messages = await Promise.all(
    [
      find({ sight: { userId: 'bob' } }),
      find({ sight: { userId: 'ada' } }, { resultId: '9-9' }),
      find(link({ owner: 'bob' })),
    ].map((found) => found.catch((error: Error) => String(error))),
  );
  expect(new Set(messages).size).toBe(1);
});

describe('a signed link', () => {
  test('opens its result to anybody', async () => {
    expect(await find(link())).toEqual(result('3-2'));
  });

  test.each<[string, DownloadRight]>([
    ['of another result', link({ resultId: '3-1' })],
    ['of another assembly', link({ assemblyId: 'b'.repeat(64) })],
    ['of the attempt after', link({ attempt: 3 })],
    ['of another owner', link({ owner: 'bob' })],
    ['of another deployment', link({ master: 'another' })],
    ['made to live longer', { ...link(), expires: NOW_SECONDS + 7_200 }],
    ['that is cut', { ...link(), signature: link().signature.slice(1) }],
    ['that is empty', { ...link(), signature: '' }],
    ['with a time that is none', { ...link(), expires: Number.NaN }],
  ])('%s opens nothing', async (_, right) => {
    await expect(find(right)).rejects.toEqual(notFound);
  });

  test('of an earlier attempt opens what the attempt at the failed part left as it was', async () => {
    await expect(find(link({ attempt: 1 }))).resolves.toMatchObject({ id: expect.any(String) });
  });

  test('of an assembly that is gone opens nothing', async () => {
    await expect(find(link(), { stored: { expires_at: NOW_SECONDS - 1 } })).rejects.toEqual(notFound);
  });

  test('of a result that is no longer listed opens nothing', async () => {
    await expect(find(link(), { stored: { results: { resize: [result('3-1')] } } })).rejects.toEqual(
      notFound,
    );
  });

  test.each([
    ['a second ago', NOW_SECONDS - 1],
    ['now', NOW_SECONDS],
  ])('that expired %s says so', async (_, expires) => {
    await expect(find(link({ expires }))).rejects.toEqual(expect.objectContaining({ code: 'link_expired' }));
  });

  test('that expires in a second opens', async () => {
    expect(await find(link({ expires: NOW_SECONDS + 1 }))).toEqual(result('3-2'));
  });

  test('that expired and was never good is as any other that was not', async () => {
    const right = { ...link({ expires: NOW_SECONDS - 1 }), signature: link().signature };
    await expect(find(right)).rejects.toEqual(notFound);
  });
});

test('an assembly that the cheap read does not know yet is found', async () => {
  const store = new InMemoryAssemblyStore(STORED);
  const behind = {
    get: async (id: string, { consistent }: { consistent: boolean }) =>
      consistent ? store.get(id) : undefined,
  };
  const files = bucketWithout();
  const dependencies = { store: behind, files, masterSecret: async () => 'master', now: () => NOW };
  const asked = { assemblyId: ID, resultId: '3-1' };
  expect(await findDownload(asked, { sight: { userId: 'ada' } }, dependencies)).toEqual(result('3-1'));
});

test('the master secret is not read for somebody with a token', async () => {
  const found = findDownload(
    { assemblyId: ID, resultId: '3-1' },
    { sight: { userId: 'ada' } },
    {
      store: new InMemoryAssemblyStore(STORED),
      files: bucketWithout(),
      masterSecret: async () => {
        throw new Error('not asked for');
      },
      now: () => NOW,
    },
  );
  expect(await found).toEqual(result('3-1'));
});

describe('a result whose file is no longer in the bucket', () => {
  const files = bucketWithout('3-2', '3-4');
  const gone = expect.objectContaining({ code: 'result_gone' });

  test.each(['3-2', '3-4'])(
    'is gone for its owner, and for whoever has a link to it: %s',
    async (resultId) => {
      await expect(find({ sight: { userId: 'ada' } }, { files, resultId })).rejects.toEqual(gone);
      await expect(find(link({ resultId }), { files, resultId })).rejects.toEqual(gone);
    },
  );

  test('never was, for anybody else', async () => {
    for (const right of [{ sight: { userId: 'bob' } }, link({ owner: 'bob' })])
      await expect(find(right, { files })).rejects.toEqual(notFound);
  });

  test('leaves the others where they are', async () => {
    expect(await find(link({ resultId: '3-1' }), { files, resultId: '3-1' })).toEqual(result('3-1'));
  });

  test('is as any other of which the link has expired', async () => {
    const right = link({ expires: NOW_SECONDS });
    await expect(find(right, { files })).rejects.toEqual(expect.objectContaining({ code: 'link_expired' }));
  });

  test('is not said to be gone while the bucket does not answer', async () => {
    const silent = { has: () => Promise.reject(new Error('slow down')) };
    await expect(find(link(), { files: silent })).rejects.toThrow('slow down');
  });
});
