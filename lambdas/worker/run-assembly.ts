import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Assembly, epochSeconds } from '../../lib/domain/assembly.ts';
import type { JobMessage } from '../../lib/domain/events.ts';
import type { StepLog } from '../../lib/domain/template.ts';
import type { TemplateRegistry } from '../../lib/domain/template-registry.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { type Advance, type AdvanceDependencies, advanceAssembly } from '../shared/advance-assembly.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';
import type { FileStore } from '../shared/file-store.ts';
import type { ResultStore } from '../shared/result-store.ts';
import { isTransientError } from '../shared/transient-error.ts';
import { ProgressReporter } from './progress-reporter.ts';
import { type End, runSteps } from './run-steps.ts';

export interface RunDependencies extends AdvanceDependencies {
  readonly store: Pick<AssemblyStore, 'change'>;
  readonly files: Pick<FileStore, 'read'>;
  readonly resultStore: Pick<ResultStore, 'write'>;
  readonly templates: TemplateRegistry;
  /** The function's own limit and a margin: how long nobody else may take the assembly. */
  readonly leaseSeconds: number;
  /** How long the steps may take, so that the end can still be written. */
  readonly runSeconds: number;
  /** Resolves after so many milliseconds. */
  pause(ms: number): Promise<unknown>;
  readonly log: StepLog;
}

/**
 * Between tries to write the end, beyond those of the SDK: the message cannot bring the run back, as its claim is spent.
 * In all less than the margin that the function leaves for it.
 */
const PAUSES_MS = [200, 500, 1_000, 2_000, 3_000];

/** What became of a message. `skipped`: its assembly is not, or no longer, waiting for it. */
export type RunOutcome = 'skipped' | 'lost' | End['to'];

/**
 * Takes the assembly that the message speaks of, runs the steps of its template and writes how it ended. Any number of
 * copies of a message may run: one takes the assembly, the others find it taken and are done.
 */
export async function runAssembly(message: JobMessage, dependencies: RunDependencies): Promise<RunOutcome> {
  // Before the claim: after it, nothing may go wrong without being written.
  const tempFolder = await mkdtemp(join(tmpdir(), 'waybill-run-'));
  try {
    const assembly = await claimAssembly(message, dependencies);
    if (!assembly) return 'skipped';
    const abort = new AbortController();
    const reporter = progressReporter(assembly, abort, dependencies);
    const end = await runSteps(assembly, { ...dependencies, abort, reporter, tempFolder });
    await reporter.stop();
    return reporter.lost ? 'lost' : await finish(reporter.assembly, end, dependencies);
  } finally {
    // A step that was left behind may still write there; how it ended is written by now.
    await rm(tempFolder, { recursive: true, force: true, maxRetries: 3 }).catch((error: unknown) =>
      dependencies.log.warn('A temporary folder is left', { error: String(error) }),
    );
  }
}

/** `queued → processing` for exactly this attempt and claim, which no other message can then have. */
async function claimAssembly(
  { assembly_id, attempt, claim }: JobMessage,
  { store, leaseSeconds, now }: RunDependencies,
): Promise<Assembly | undefined> {
  const time = now();
  const { written, assembly } = await store.change(
    assembly_id,
    {
      attempt,
      claim,
      set: {
        status: 'processing',
        claim: claim + 1,
        started_at: time.toISOString(),
        lease_ends_at: epochSeconds(time) + leaseSeconds,
      },
    },
    time,
  );
  return written ? assembly : undefined;
}

async function finish(assembly: Assembly, end: End, dependencies: RunDependencies): Promise<RunOutcome> {
  const advance: Advance = { attempt: assembly.attempt, claim: assembly.claim, ...end };
  for (const pause of [...PAUSES_MS, undefined]) {
    try {
      await advanceAssembly(assembly, advance, dependencies);
      return end.to;
    } catch (error) {
      if (error instanceof WaybillError) return 'lost';
      if (pause === undefined || !isTransientError(error)) throw error;
      await dependencies.pause(pause);
    }
  }
  throw new Error('unreachable: the last round returns or throws');
}

const progressReporter = (
  assembly: Assembly,
  abort: AbortController,
  dependencies: RunDependencies,
): ProgressReporter =>
  new ProgressReporter({
    assembly,
    write: (current, progress) =>
      advanceAssembly(
        current,
        { to: 'processing', attempt: current.attempt, claim: current.claim, ...progress },
        dependencies,
      ),
    onLost: (refusal) => abort.abort(refusal),
    onError: (error) => dependencies.log.warn('Progress could not be written', { error: String(error) }),
  });
