import { type Assembly, epochSeconds } from '../../lib/domain/assembly.ts';
import { type AssemblyError, assemblyErrorOf } from '../../lib/domain/assembly-error.ts';
import type { JobMessage } from '../../lib/domain/events.ts';
import type { Json } from '../../lib/domain/json.ts';
import type { Template, WorkedTemplate } from '../../lib/domain/template.ts';
import type { TemplateRegistry } from '../../lib/domain/template-registry.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { type Advance, type AdvanceDependencies, advanceAssembly } from '../shared/advance-assembly.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';
import { ProgressReporter } from './progress-reporter.ts';

export interface RunDependencies extends AdvanceDependencies {
  readonly store: Pick<AssemblyStore, 'change'>;
  readonly templates: TemplateRegistry;
  /** The function's own limit and a margin: how long nobody else may take the assembly. */
  readonly leaseSeconds: number;
  readonly log: { warn(message: string, extra: { error: Error }): void };
}

/** What became of a message. `skipped`: its assembly is not, or no longer, waiting for it. */
export type RunOutcome = 'skipped' | 'lost' | 'completed' | 'failed';

/** It is read with every status. */
const MAX_RESULT_BYTES = 32 * 1024;

/**
 * Takes the assembly that the message speaks of, runs the steps of its template and writes how it ended. Any number of
 * copies of a message may run: one takes the assembly, the others find it taken and are done.
 */
export async function runAssembly(message: JobMessage, dependencies: RunDependencies): Promise<RunOutcome> {
  const assembly = await claimAssembly(message, dependencies);
  if (!assembly) return 'skipped';
  const template = dependencies.templates.get(assembly.template_id);
  const reporter = progressReporter(assembly, dependencies);
  const end = await runToEnd(assembly, template, reporter);
  await reporter.stop();
  return end === 'lost' || reporter.lost ? 'lost' : finish(reporter.assembly, end, dependencies);
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
      from: ['queued'],
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

type End = { readonly result: Json } | { readonly error: AssemblyError };

async function runToEnd(
  assembly: Assembly,
  template: Template | undefined,
  reporter: ProgressReporter,
): Promise<End | 'lost'> {
  if (!template || template.external)
    return failure({
      code: 'template_missing',
      category: 'WORKER_ERROR',
      params: { template: assembly.template_id },
    });
  const fields = template.fields.safeParse(assembly.fields ?? {});
  if (!fields.success)
    return failure({ code: 'fields_invalid', category: 'VALIDATION_ERROR', details: fields.error.message });
  return runSteps(assembly, template, fields.data, reporter);
}

async function runSteps(
  { assembly_id, attempt }: Assembly,
  { steps }: WorkedTemplate,
  fields: unknown,
  reporter: ProgressReporter,
): Promise<End | 'lost'> {
  const outputs: Record<string, Json> = {};
  let result: Json = null;
  for (const [index, step] of steps.entries()) {
    const report = (fraction: number, message?: string): void =>
      reporter.report({
        progress: Math.floor((100 * (index + Math.min(1, Math.max(0, fraction)))) / steps.length),
        progressMessage: message ?? step.title,
      });
    report(0);
    await reporter.flush();
    if (reporter.lost) return 'lost';
    try {
      result = await step.run({
        assemblyId: assembly_id,
        attempt,
        fields,
        outputs: { ...outputs },
        progress: report,
      });
    } catch (error) {
      return failure(assemblyErrorOf(error, step.name));
    }
    outputs[step.name] = result;
  }
  return Buffer.byteLength(JSON.stringify(result)) > MAX_RESULT_BYTES
    ? failure({
        code: 'result_too_large',
        category: 'WORKER_ERROR',
        params: { limit: MAX_RESULT_BYTES / 1024 },
      })
    : { result };
}

const failure = (error: AssemblyError): End => ({ error });

async function finish(assembly: Assembly, end: End, dependencies: RunDependencies): Promise<RunOutcome> {
  const advance: Advance = {
    to: 'error' in end ? 'failed' : 'completed',
    attempt: assembly.attempt,
    claim: assembly.claim,
    ...end,
  };
  try {
    await advanceAssembly(assembly, advance, dependencies);
    return 'error' in end ? 'failed' : 'completed';
  } catch (error) {
    if (error instanceof WaybillError) return 'lost';
    throw error;
  }
}

const progressReporter = (assembly: Assembly, dependencies: RunDependencies): ProgressReporter =>
  new ProgressReporter({
    assembly,
    write: (current, progress) =>
      advanceAssembly(
        current,
        { to: 'processing', attempt: current.attempt, claim: current.claim, ...progress },
        dependencies,
      ),
    onError: (error) => dependencies.log.warn('Progress could not be written', { error: error as Error }),
  });
