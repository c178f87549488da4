import { type Assembly, MAX_RESULT_FILE_BYTES } from '../../lib/domain/assembly.ts';
import {
  type AssemblyError,
  assemblyErrorOf,
  isTransientFailure,
  ownError,
  rawText,
} from '../../lib/domain/assembly-error.ts';
import type { Json } from '../../lib/domain/json.ts';
import type { Step, WorkedTemplate } from '../../lib/domain/template.ts';
import type { Advance } from '../shared/advance-assembly.ts';
import { configOf } from '../shared/config-of.ts';
import { readFields } from '../shared/read-fields.ts';
import { keepResult } from './keep-result.ts';
import { openInputs } from './open-inputs.ts';
import { previousResult } from './previous-result.ts';
import type { ProgressReporter } from './progress-reporter.ts';
import { ResultCollector } from './result-collector.ts';
import type { RunDependencies } from './run-assembly.ts';
import { type Run, stepContext } from './step-context.ts';

/** How the work ended. */
export type End = Pick<
  Advance,
  'result' | 'resultFile' | 'results' | 'fileErrors' | 'error' | 'transient'
> & {
  readonly to: 'completed' | 'partial' | 'failed';
};

export interface StepsDependencies
  extends Pick<
    RunDependencies,
    'files' | 'resultStore' | 'templates' | 'configs' | 'runSeconds' | 'after' | 'now' | 'log'
  > {
  /** Milliseconds of the epoch: how it ended must be written by then. */
  readonly endBy: number;
  readonly abort: AbortController;
  readonly reporter: ProgressReporter;
  readonly tempFolder: string;
}

/** An item of DynamoDB holds 400 KB, with its attributes' names and what the end adds. */
const MAX_ITEM_BYTES = 380 * 1024;

/** Runs the steps of the assembly's template one after the other. Does not throw: what goes wrong is how it ends. */
export async function runSteps(assembly: Assembly, dependencies: StepsDependencies): Promise<End> {
  const { files, resultStore, templates, abort, endBy, after, now } = dependencies;
  const results = new ResultCollector(assembly, { store: resultStore, signal: abort.signal });
  const { redo } = assembly;
  const inputs = openInputs(assembly, files).filter(({ id }) => redo?.includes(id) ?? true);
  const run: Run = { inputs, isPart: redo !== undefined, results, fileErrors: new Map() };
  const template = templates.get(assembly.template_id);
  if (!template?.steps)
    return failedWith(assembly, run, ownError('template_missing', { template: assembly.template_id }));
  const timeLeftMs = Math.max(0, endBy - now().getTime());
  const callOff = after(timeLeftMs, () => abort.abort(new OutOfTime()));
  try {
    return await runEach(template, run, assembly, dependencies);
  } finally {
    callOff();
  }
}

/** Why the work was broken off when it took too long. */
export class OutOfTime extends Error {}

export const outOfTimeError = (seconds: number): AssemblyError => ownError('worker_timeout', { seconds });

async function runEach(
  template: WorkedTemplate,
  run: Run,
  assembly: Assembly,
  dependencies: StepsDependencies,
): Promise<End> {
  const { files, configs, reporter, runSeconds } = dependencies;
  const outputs: Record<string, Json> = {};
  let result: Json | undefined;
  let current = template.steps[0]?.name ?? '';
  try {
    const config = configOf(template, configs);
    const fields = template.fields.safeParse(await readFields(assembly, files));
    if (!fields.success)
      return failedWith(assembly, run, ownError('fields_invalid', undefined, rawText(fields.error.message)));
    const given = {
      fields: fields.data,
      config,
      previousResult: () => previousResult(assembly, files),
    };
    for (const [index, step] of template.steps.entries()) {
      current = step.name;
      const at = (fraction: number, message = step.title) => ({
        progress: percent(index, fraction, template.steps.length),
        progressMessage: message,
      });
      const progress = (fraction: number, message?: string): void => reporter.report(at(fraction, message));
      // The results between two steps only, and where they leave room: each write pays for all of them.
      const soFar = made(run);
      reporter.report({ ...at(0), results: fits(assembly, soFar) ? soFar.results : undefined });
      await reporter.flush();
      result = await runStep(step, { ...given, outputs, progress }, run, assembly, dependencies);
      if (result !== undefined) outputs[step.name] = result;
    }
    return await success(assembly, run, result);
  } catch (error) {
    const reason = error instanceof OutOfTime ? outOfTimeError(runSeconds) : assemblyErrorOf(error, current);
    return { ...failedWith(assembly, run, reason), transient: isTransientFailure(reason) };
  }
}

/** A step that does not look at its signal is left behind: its assembly goes on, or belongs to somebody else. */
async function runStep(
  step: Step<unknown>,
  given: {
    readonly fields: unknown;
    readonly config: unknown;
    readonly previousResult: () => Promise<Json | undefined>;
    readonly outputs: Record<string, Json>;
    progress(fraction: number): void;
  },
  run: Run,
  { assembly_id: assemblyId, attempt }: Assembly,
  { abort: { signal }, tempFolder, log, now }: StepsDependencies,
): Promise<Json | undefined> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const context = stepContext(step.name, run, {
    ...given,
    outputs: { ...given.outputs },
    assemblyId,
    attempt,
    signal,
    tempFolder,
    log,
    now,
  });
  try {
    return await Promise.race([step.run(context), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** 0 to 100 over all steps, each taken for as long as the others. */
const percent = (index: number, fraction: number, steps: number): number =>
  Math.floor((100 * (index + Math.min(1, Math.max(0, fraction)))) / steps);

async function success(assembly: Assembly, run: Run, result: Json | undefined): Promise<End> {
  const kept = await keepResult(result, run.results);
  const end: End = { to: run.fileErrors.size > 0 ? 'partial' : 'completed', ...kept, ...made(run) };
  if (kept && fits(assembly, end)) return end;
  const limit = (kept ? MAX_ITEM_BYTES : MAX_RESULT_FILE_BYTES) / 1024;
  return failedWith(assembly, run, ownError('result_too_large', { limit }));
}

/** A failure shows what was made before it, as far as the item has room: the end must be written whatever happens. */
function failedWith(assembly: Assembly, run: Run, error: AssemblyError): End {
  const hope = [...run.fileErrors.values()].some(({ retryable }) => retryable !== false);
  const end: End = { to: 'failed', error: hope ? { ...error, retryable: undefined } : error };
  const { results, fileErrors } = made(run);
  // Empty and not left out: what the last progress had written of them must go too.
  const none = results && {};
  const fuller: End[] = [
    { ...end, results, fileErrors },
    { ...end, results: none, fileErrors },
  ];
  return fuller.find((candidate) => fits(assembly, candidate)) ?? { ...end, results: none };
}

const fits = (assembly: Assembly, more: object): boolean =>
  bytesOf({ ...assembly, ...more }) <= MAX_ITEM_BYTES;

const made = (run: Run): Pick<End, 'results' | 'fileErrors'> => ({
  results: nonEmpty(run.results.files),
  fileErrors: nonEmpty(Object.fromEntries(run.fileErrors)),
});

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value ?? null));

const nonEmpty = <T extends object>(object: T): T | undefined =>
  Object.keys(object).length > 0 ? object : undefined;
