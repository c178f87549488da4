import * as z from 'zod';
import { ParsedFields } from '../../../lambdas/submission-worker/parsed-fields.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { canonicalFields, fieldsMd5 } from '../../../lib/domain/identifier.ts';
import { fieldsKey } from '../../../lib/domain/object-key.ts';
import type { SendingTemplate } from '../../../lib/domain/template.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';
import { InMemoryFiles } from '../in-memory-files.ts';

const CANONICAL = canonicalFields({ recipients: [{ id: 'ada' }] });
const MD5 = fieldsMd5(CANONICAL);
const stored = (assembly_id: string): Assembly =>
  sampleAssembly({ assembly_id, fields: undefined, fields_md5: MD5 });

function withFiles(configs: Readonly<Record<string, unknown>> = {}, ...ids: string[]) {
  const reads: string[] = [];
  const files = new InMemoryFiles(new Map(), async (_, operation) => {
    reads.push('read');
    return operation();
  });
  for (const id of ids) files.objects.set(fieldsKey(id, MD5), { bytes: Buffer.from(CANONICAL) });
  let parses = 0;
  const schema = z.looseObject({ recipients: z.array(z.looseObject({ id: z.string() })) });
  const template: SendingTemplate = {
    id: 'letters',
    fields: z.preprocess((given) => {
      parses++;
      return given;
    }, schema),
    fanOut: { send: async () => undefined },
  };
  return { files, reads, template, parsed: new ParsedFields(files, configs), parses: () => parses };
}

test('the fields of an assembly are read and parsed once, however many ask', async () => {
  const { parsed, template, reads, parses } = withFiles({}, 'a');
  const all = await Promise.all(Array.from({ length: 10 }, () => parsed.of(stored('a'), template)));
  expect(all[9]).toEqual({ fields: { recipients: [{ id: 'ada' }] }, config: undefined });
  await parsed.of(stored('a'), template);
  expect([reads.length, parses()]).toEqual([1, 1]);
});

test('each assembly has its own, and the fourth takes the place of the one that was asked for least recently', async () => {
  const { parsed, template, reads } = withFiles({}, 'a', 'b', 'c', 'd');
  for (const id of ['a', 'b', 'c', 'a', 'd']) await parsed.of(stored(id), template);
  expect(reads).toHaveLength(4);
  await parsed.of(stored('d'), template);
  expect(reads).toHaveLength(4);
  await parsed.of(stored('a'), template);
  expect(reads).toHaveLength(4);
  await parsed.of(stored('b'), template);
  expect(reads).toHaveLength(5);
});

test('a failure is told and not kept', async () => {
  const { parsed, template, files } = withFiles();
  await expect(parsed.of(stored('a'), template)).rejects.toMatchObject({ code: 'fields_missing' });
  files.objects.set(fieldsKey('a', MD5), { bytes: Buffer.from(CANONICAL) });
  expect(await parsed.of(stored('a'), template)).toBeDefined();
});

test('fields that no longer fit the template are so for good', async () => {
  const { parsed, template } = withFiles({}, 'a');
  const narrower = { ...template, fields: z.object({ other: z.string() }) };
  await expect(parsed.of(stored('a'), narrower)).rejects.toMatchObject({
    code: 'fields_invalid',
    retryable: false,
  });
});

describe('the configuration', () => {
  const config = z.object({ url: z.string() }).transform(({ url }) => ({ url, parsed: true }));

  test('is that of the template, as its schema has it', async () => {
    const { parsed, template } = withFiles({ letters: { url: 'u' }, other: {} }, 'a');
    expect((await parsed.of(stored('a'), { ...template, config })).config).toEqual({
      url: 'u',
      parsed: true,
    });
  });

  test.each([
    ['missing', {}],
    ['not what the schema wants', { letters: { url: 7 } }],
  ])('that is %s is an error for good, before anything is read', async (_, configs) => {
    const { parsed, template, reads } = withFiles(configs, 'a');
    await expect(parsed.of(stored('a'), { ...template, config })).rejects.toMatchObject({
      code: 'not_configured',
      category: 'WORKER_ERROR',
      retryable: false,
    });
    expect(reads).toEqual([]);
  });

  test('that no template asks for is not handed out', async () => {
    const { parsed, template } = withFiles({ letters: { secret: 1 } }, 'a');
    expect((await parsed.of(stored('a'), template)).config).toBeUndefined();
  });
});
