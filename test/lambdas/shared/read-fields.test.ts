import { readFields } from '../../../lambdas/shared/read-fields.ts';
import { renderError, StepError } from '../../../lib/domain/assembly-error.ts';
import { canonicalFields, fieldsMd5 } from '../../../lib/domain/identifier.ts';
import { fieldsKey } from '../../../lib/domain/object-key.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemoryFiles } from '../in-memory-files.ts';
import { runOn, step } from '../worker/run-worker.ts';

const FIELDS = { text: 'é'.repeat(3_000), n: 1 };
const CANONICAL = canonicalFields(FIELDS);
const MD5 = fieldsMd5(CANONICAL);
const { assembly } = new InMemoryAssemblyStore({ fields_md5: MD5 });
const KEY = fieldsKey(assembly.assembly_id, MD5);

const bucketWith = (key: string, text: string): InMemoryFiles => {
  const files = new InMemoryFiles();
  files.objects.set(key, { bytes: Buffer.from(text) });
  return files;
};

test.each([
  ['that are in the item', { fields: { n: 1 }, fields_md5: 'x' }, { n: 1 }],
  ['that are empty', { fields: {}, fields_md5: 'x' }, {}],
  ['of a submission without any', { fields: undefined, fields_md5: undefined }, {}],
])('fields %s need no bucket', async (_, changes, fields) => {
  const closed = {
    read: async () => {
      throw new Error('not asked for');
    },
  };
  expect(await readFields({ ...assembly, ...changes }, closed)).toEqual(fields);
});

test('fields in the bucket are read from there', async () => {
  expect(await readFields(assembly, bucketWith(KEY, CANONICAL))).toEqual(FIELDS);
});

const otherCanonical = canonicalFields({ ...FIELDS, n: 2 });

test.each([
  ['are gone', new InMemoryFiles()],
  ['are those of another assembly', bucketWith(fieldsKey('b'.repeat(64), MD5), CANONICAL)],
  ['were changed', bucketWith(KEY, otherCanonical)],
  ['were cut', bucketWith(KEY, CANONICAL.slice(0, -1))],
  ['are the same in other words', bucketWith(KEY, JSON.stringify(FIELDS, null, 1))],
  ['are empty', bucketWith(KEY, '')],
])('fields that %s fail in words for the reader', async (_, files) => {
  const error = await readFields(assembly, files).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StepError);
  expect(error).toMatchObject({ code: 'fields_missing', category: 'VALIDATION_ERROR', retryable: false });
});

test('the bucket that does not answer is not said to have lost them', async () => {
  const down = {
    read: async () => {
      throw new Error('slow down');
    },
  };
  await expect(readFields(assembly, down)).rejects.toThrow('slow down');
});

describe('the worker', () => {
  const seen: unknown[] = [];
  const steps = [step('one', ({ fields }) => seen.push(fields))];
  const stored = { fields_md5: MD5 };

  test('gives the steps the fields from the bucket', async () => {
    const { outcome } = await runOn([], steps, {
      stored,
      prepare: ({ files }) => files.objects.set(KEY, { bytes: Buffer.from(CANONICAL) }),
    });
    expect(outcome).toBe('completed');
    expect(seen.splice(0)).toEqual([FIELDS]);
  });

  test('fails the assembly whose fields are gone, and no step runs', async () => {
    const { outcome, store } = await runOn([], steps, { stored });
    expect(outcome).toBe('failed');
    expect(seen).toEqual([]);
    const { error } = store.assembly;
    expect(error).toMatchObject({ code: 'fields_missing', category: 'VALIDATION_ERROR', retryable: false });
    expect(error && renderError(error, 'fr')).toBe('Les champs ne se trouvent plus dans le compartiment.');
  });
});
