import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE_OPTIONS } from '../build.ts';

export const BASELINES = ['get-item', 'get-document', 'get-signed'] as const;
export type Baseline = (typeof BASELINES)[number];

const OUTDIR = join(import.meta.dirname, '../../.build/bench');

export const baselineBundle = (name: Baseline): string => join(OUTDIR, name, 'handler.mjs');

/** Bundles what the functions are compared with, exactly as they are bundled. */
export async function buildBaselines(): Promise<void> {
  await build({
    ...BUNDLE_OPTIONS,
    entryPoints: BASELINES.map((name) => ({
      in: join(import.meta.dirname, `baselines/${name}.ts`),
      out: `${name}/handler`,
    })),
    outdir: OUTDIR,
  });
}
