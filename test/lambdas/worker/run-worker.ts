import * as z from 'zod';
import { systemClock } from '../../../lambdas/shared/clock.ts';
import { type RunDependencies, type RunOutcome, runAssembly } from '../../../lambdas/worker/run-assembly.ts';
import { makeTempFolder } from '../../../lambdas/worker/temp-folder.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import type { JobMessage } from '../../../lib/domain/events.ts';
import type { Step } from '../../../lib/domain/template.ts';
import { buildRegistry } from '../../../lib/domain/template-registry.ts';
import type { Upload } from '../../../lib/domain/upload.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemoryFiles, uploadsOf } from '../in-memory-files.ts';
import { InMemorySubmissionStore } from '../in-memory-submission-store.ts';

const IGNORED = { send: async (): Promise<void> => {} };

export const NOW = new Date('2026-11-21T12:00:10.000Z');

export const step = (name: string, run: Step<unknown>['run']): Step<unknown> => ({
  name,
  title: `Doing ${name}`,
  run,
});

export const messageFor = ({ assembly_id, attempt, claim, template_id, user_id }: Assembly): JobMessage => ({
  assembly_id,
  attempt,
  claim,
  template_id,
  owner: { user_id },
});

export const dependenciesWith = (
  store: InMemoryAssemblyStore,
  steps: Step<unknown>[],
  { files = new InMemoryFiles(), runSeconds = 20 }: { files?: InMemoryFiles; runSeconds?: number } = {},
): RunDependencies => ({
  store,
  files,
  resultStore: files,
  templates: buildRegistry([
    { id: 'test-template', fields: z.looseObject({ n: z.number().optional() }), steps },
  ]),
  configs: {},
  fanOut: { submissions: new InMemorySubmissionStore(), submissionsQueue: IGNORED, tallyQueue: IGNORED },
  leaseSeconds: 330,
  runSeconds,
  retentionDays: 30,
  retry: { baseSeconds: 10, random: () => 0.5 },
  ...systemClock,
  pause: async () => {},
  now: () => NOW,
  makeTempFolder,
  log: { info: () => {}, warn: () => {} },
});

export interface WorkerRun {
  readonly outcome: RunOutcome;
  readonly store: InMemoryAssemblyStore;
  readonly files: InMemoryFiles;
  readonly uploads: readonly Upload[];
}

/** Runs the steps on uploads with these bytes, named `0.txt`, `1.txt`, … */
export async function runOn(
  contents: readonly string[],
  steps: Step<unknown>[],
  options: {
    runSeconds?: number;
    stored?: Partial<Assembly>;
    /** In the place of those that every run has. */
    dependencies?: Partial<RunDependencies>;
    /** Before the worker starts. */
    prepare?: (run: Omit<WorkerRun, 'outcome'>) => void;
  } = {},
): Promise<WorkerRun> {
  const uploads = uploadsOf(...contents);
  const files = new InMemoryFiles();
  const store = new InMemoryAssemblyStore({
    ...(uploads.length > 0 && { uploads, received: uploads.map(({ id }) => id) }),
    ...options.stored,
  });
  for (const [index, upload] of uploads.entries())
    files.put(store.assembly.assembly_id, upload, contents[index] ?? '');
  options.prepare?.({ store, files, uploads });
  const dependencies = {
    ...dependenciesWith(store, steps, { files, runSeconds: options.runSeconds }),
    ...options.dependencies,
  };
  return { outcome: await runAssembly(messageFor(store.assembly), dependencies), store, files, uploads };
}
