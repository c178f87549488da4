import { type Assembly, epochSeconds } from '../../lib/domain/assembly.ts';
import type { JobMessage } from '../../lib/domain/events.ts';
import type { Status } from '../../lib/domain/state-machine.ts';
import type { StepLog } from '../../lib/domain/template.ts';
import type { TemplateRegistry } from '../../lib/domain/template-registry.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { type Advance, type AdvanceDependencies, advanceAssembly } from '../shared/advance-assembly.ts';
import { assemblyOwner } from '../shared/assembly-change.ts';
import type { AssemblyStore, WriteOutcome } from '../shared/assembly-store.ts';
import type { Clock } from '../shared/clock.ts';
import type { TemplateConfigs } from '../shared/config-of.ts';
import type { RetrySettings } from '../shared/end-change.ts';
import type { FileStore } from '../shared/file-store.ts';
import type { ResultStore } from '../shared/result-store.ts';
import { isTransientError } from '../shared/transient-error.ts';
import { type ExpandDependencies, lookAfterSubmissions } from './expand-assembly.ts';
import { ProgressReporter } from './progress-reporter.ts';
import { runExpansion } from './run-expansion.ts';
import { type End, runSteps } from './run-steps.ts';
import type { TempFolder } from './temp-folder.ts';
import { watchAssembly } from './watch-assembly.ts';

export interface RunDependencies extends AdvanceDependencies, Clock {
  readonly store: Pick<AssemblyStore, 'change' | 'get'>;
  readonly retry: RetrySettings;
  readonly files: Pick<FileStore, 'read'>;
  readonly resultStore: Pick<ResultStore, 'write'>;
  readonly templates: TemplateRegistry;
  readonly configs: TemplateConfigs;
  /** Where the submissions of an assembly with recipients go. */
  readonly fanOut: Pick<ExpandDependencies, 'submissions' | 'submissionsQueue' | 'tallyQueue'>;
  /** The function's own limit and a margin: how long nobody else may take the assembly. */
  readonly leaseSeconds: number;
  /** How long it may take to the end of the steps, so that the end can still be written. */
  readonly runSeconds: number;
  makeTempFolder(): Promise<TempFolder>;
  readonly log: StepLog;
}

/**
 * Between tries to write the end, beyond those of the SDK: the message cannot bring the run back, as its claim is spent.
 * In all less than the margin that the function leaves for it.
 */
const PAUSES_MS = [200, 500, 1_000, 2_000, 3_000];

/**
 * What became of a message. `skipped`: its assembly is not, or no longer, waiting for it. `lost`: it was taken away while it
 * ran. `queued`: it waits for another run. `expanded`: its submissions are queued. `looked_after`: they are, and were before.
 */
export type RunOutcome = 'skipped' | 'lost' | 'expanded' | 'looked_after' | Status;

/**
 * Takes the assembly that the message speaks of, runs the steps of its template and writes how it ended. Any number of
 * copies of a message may run: one takes the assembly, the others find it taken and are done. Once it has been taken away,
 * because it was canceled or its lease is over, its steps are aborted and nothing more is written.
 */
export async function runAssembly(message: JobMessage, dependencies: RunDependencies): Promise<RunOutcome> {
  // From here on, as Lambda counts: a claim that took long leaves less for the steps.
  const endBy = dependencies.now().getTime() + dependencies.runSeconds * 1000;
  // Before the claim: after it, nothing may go wrong without being written.
  const tempFolder = await dependencies.makeTempFolder();
  try {
    const { written, assembly } = await claimAssembly(message, dependencies);
    if (!written) return await notToBeHad(assembly, message, dependencies);
    const abort = new AbortController();
    const reporter = progressReporter(assembly, abort, dependencies);
    const stopWatching = watchAssembly(assembly, (refusal) => abort.abort(refusal), dependencies);
    const given = {
      ...dependencies,
      ...dependencies.fanOut,
      abort,
      reporter,
      endBy,
      tempFolder: tempFolder.path,
    };
    const end = await (assembly.submission_count === undefined ? runSteps : runExpansion)(assembly, given);
    stopWatching();
    await reporter.stop();
    const isLost = abort.signal.reason instanceof WaybillError;
    if (isLost || end === 'lost') return 'lost';
    return end === 'expanded' ? end : await finish(reporter.assembly, end, dependencies);
  } finally {
    // A step that was left behind may still write there; how it ended is written by now.
    await tempFolder
      .remove()
      .catch((error: unknown) =>
        dependencies.log.warn('A temporary folder is left', { error: String(error) }),
      );
  }
}

/**
 * `queued → processing` for exactly this attempt and claim, which no other message can then have. It says which step begins
 * as well: a write of its own for that would be the fifth of a job with one file.
 */
async function claimAssembly(
  { assembly_id, attempt, claim, template_id = '', owner: known }: JobMessage,
  { store, templates, leaseSeconds, now }: RunDependencies,
): Promise<WriteOutcome> {
  const owner = known ?? (await store.get(assembly_id, { consistent: true }));
  if (!owner) return { written: false, assembly: undefined };
  const time = now();
  const template = templates.get(template_id);
  const firstStep = template?.steps?.[0];
  return store.change(
    assembly_id,
    {
      from: ['queued'],
      attempt,
      claim,
      owner: assemblyOwner(owner),
      set: {
        status: 'processing',
        claim: claim + 1,
        started_at: time.toISOString(),
        deadline_at: epochSeconds(time) + leaseSeconds,
        ...(firstStep && { progress_message: firstStep.title }),
      },
      remove: ['next_retry_at'],
    },
    time,
  );
}

/** The message was for another one, but for that of `sweep` for an assembly whose submissions go their own ways. */
async function notToBeHad(
  assembly: Assembly | undefined,
  { attempt, claim }: JobMessage,
  dependencies: RunDependencies,
): Promise<RunOutcome> {
  const isExpanded = assembly?.status === 'processing' && assembly.expanded_at !== undefined;
  if (!isExpanded || assembly.attempt !== attempt || assembly.claim !== claim) return 'skipped';
  await lookAfterSubmissions(assembly, { ...dependencies, ...dependencies.fanOut });
  return 'looked_after';
}

async function finish(assembly: Assembly, end: End, dependencies: RunDependencies): Promise<RunOutcome> {
  const advance: Advance = { attempt: assembly.attempt, claim: assembly.claim, ...end };
  for (const pause of [...PAUSES_MS, undefined]) {
    try {
      return (await advanceAssembly(assembly, advance, dependencies)).status;
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
    clock: dependencies,
    write: (current, progress) =>
      advanceAssembly(
        current,
        { to: 'processing', attempt: current.attempt, claim: current.claim, ...progress },
        dependencies,
      ),
    onLost: (refusal) => abort.abort(refusal),
    onError: (error) => dependencies.log.warn('Progress could not be written', { error: String(error) }),
  });
