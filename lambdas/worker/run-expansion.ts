import type { Assembly } from '../../lib/domain/assembly.ts';
import { assemblyErrorOf, isTransientFailure } from '../../lib/domain/assembly-error.ts';
import { type ExpandDependencies, expandAssembly } from './expand-assembly.ts';
import { type End, OutOfTime, outOfTimeError, type StepsDependencies } from './run-steps.ts';

/** Expands the assembly within its time. Does not throw: what goes wrong is how it ends, or when it is tried again. */
export async function runExpansion(
  assembly: Assembly,
  dependencies: StepsDependencies & ExpandDependencies,
): Promise<End | 'expanded' | 'lost'> {
  const { abort, endBy, after, now, runSeconds } = dependencies;
  const timeLeftMs = Math.max(0, endBy - now().getTime());
  const callOff = after(timeLeftMs, () => abort.abort(new OutOfTime()));
  try {
    return (await expandAssembly(assembly, abort.signal, dependencies)) ? 'expanded' : 'lost';
  } catch (error) {
    const reason =
      error instanceof OutOfTime ? outOfTimeError(runSeconds) : assemblyErrorOf(error, 'recipients');
    return { to: 'failed', error: reason, transient: isTransientFailure(reason) };
  } finally {
    callOff();
  }
}
