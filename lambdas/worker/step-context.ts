import { type AssemblyError, assemblyErrorOf, FileError } from '../../lib/domain/assembly-error.ts';
import type { Input, StepContext } from '../../lib/domain/template.ts';
import type { ResultCollector } from './result-collector.ts';

/** What the steps of one run share. */
export interface Run {
  readonly inputs: readonly Input[];
  /** True where other inputs were worked on in an earlier attempt, and well. */
  readonly isPart: boolean;
  readonly results: ResultCollector;
  /** By upload id: why an input was spoiled. */
  readonly fileErrors: Map<string, AssemblyError>;
}

type Given = Pick<
  StepContext,
  | 'assemblyId'
  | 'attempt'
  | 'fields'
  | 'config'
  | 'outputs'
  | 'previousResult'
  | 'signal'
  | 'tempFolder'
  | 'log'
  | 'now'
  | 'progress'
>;

/** The context of the step of that name. */
export function stepContext(step: string, run: Run, given: Given): StepContext {
  const { signal, progress } = given;
  const goodInputs = (): Input[] => run.inputs.filter(({ id }) => !run.fileErrors.has(id));
  return {
    ...given,
    inputs: goodInputs(),
    result: (name, body, description) => run.results.add(step, name, body, description),
    async eachInput(work) {
      const good = goodInputs();
      for (const [index, input] of good.entries()) {
        signal.throwIfAborted();
        progress(index / good.length, `${input.name} (${index + 1}/${good.length})`);
        try {
          await work(input);
        } catch (error) {
          if (!(error instanceof FileError)) throw error;
          // Without the raw text: a hundred of them would fill the item, and no status shows them.
          run.fileErrors.set(input.id, { ...assemblyErrorOf(error, step), details: undefined });
          // With one file that is what the reader wants to know; with more, each has its own entry.
          if (goodInputs().length === 0 && !run.isPart) throw error;
        }
      }
    },
  };
}
