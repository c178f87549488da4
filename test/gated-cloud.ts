import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningWaybill } from '../scripts/local-waybill.ts';
import { useOwnCloud } from './own-cloud.ts';

/** What a job of test/gated-registry.ts waits at. */
export interface Gate {
  /** For its `fields`. */
  readonly path: string;
  open(): Promise<void>;
}

/**
 * For the tests of a file: a cloud of two workers, so that what comes third has to wait, with work that ends when the test says
 * so. Returns what makes a gate.
 * @param name of the folder of its bundles
 */
export function useGatedCloud(name: string): () => Gate {
  let cloud: RunningWaybill;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-gates-'));
    cloud = await useOwnCloud(
      { workerConcurrency: 2 },
      {
        templates: {
          registry: join(import.meta.dirname, 'gated-registry.ts'),
          bundles: join(import.meta.dirname, '../.build', name),
        },
      },
    );
  }, 60_000);
  afterAll(async () => {
    await cloud.stop();
    await rm(folder, { recursive: true });
  });
  return () => {
    const path = join(folder, randomUUID());
    return { path, open: () => writeFile(path, '') };
  };
}
