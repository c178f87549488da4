import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE_OPTIONS } from '../../../scripts/build.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Modules of the function that its import loads: those that it imports when it needs them are left out. */
async function loaded(): Promise<string[]> {
  const { metafile } = await build({
    ...BUNDLE_OPTIONS,
    absWorkingDir: ROOT,
    entryPoints: ['lambdas/status/handler.ts'],
    splitting: true,
    outdir: 'nowhere',
    write: false,
    metafile: true,
  });
  const entry = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint)?.[0] ?? '';
  const parts = new Set<string>();
  const add = (part: string): void => {
    if (parts.has(part)) return;
    parts.add(part);
    for (const { kind, path, external } of metafile.outputs[part]?.imports ?? [])
      if (kind === 'import-statement' && !external) add(path);
  };
  add(entry);
  return [...parts].flatMap((part) => Object.keys(metafile.outputs[part]?.inputs ?? {}));
}

// Schemas are for requests with a body, and for the document: 120 KB that each cold poll would load and never use.
test('a poll loads no schema', async () => {
  const modules = await loaded();
  expect(modules).toContain('lib/domain/queue-view.ts');
  expect(modules.filter((module) => module.startsWith('node_modules/zod/'))).toEqual([]);
});
