import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../../scripts/synth.ts';

// biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties have no types of their own
export type Properties = Record<string, any>;

export interface Template {
  readonly Resources: Record<string, { Type: string; Properties: Properties; DeletionPolicy?: string }>;
  readonly Outputs: Record<string, object>;
}

/** Those of the local cloud that the tests run against. */
const BUNDLES = join(import.meta.dirname, '../../.build/local');

/** The stack's template with these settings, made by a process of its own: the CDK takes jest a minute to load. */
export async function synthesized(settings: Record<string, unknown> = {}): Promise<Template> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-test-'));
  try {
    return JSON.parse(await readFile(await synthesize(folder, { bundles: BUNDLES, ...settings }), 'utf8'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Of that type: logical ids and properties. */
export const ofType = (type: string, { Resources }: Template): [string, Properties][] =>
  Object.entries(Resources).flatMap(([id, { Type, Properties }]) =>
    Type === type ? [[id, Properties]] : [],
  );
