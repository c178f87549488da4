import { relative } from 'node:path';
import { captureLine } from './captured-logs.ts';

/**
 * What product code logs that runs within a test goes where all logs of the run go, and not to the console, where most of
 * it would be errors that were asked for. Runs before each test file.
 */
const ROOT = `${import.meta.dirname}/..`;
const CAPTURING = Symbol.for('waybill.capturing');

type Write = typeof process.stdout.write & { readonly [CAPTURING]?: typeof process.stdout.write };

for (const stream of [process.stdout, process.stderr]) {
  const present: Write = stream.write;
  // The stream is the same for all test files of a process.
  const write = present[CAPTURING] ?? present;
  stream.write = Object.assign(
    ((...args: Parameters<typeof stream.write>) => {
      const text = String(args[0]);
      if (!isLogged(text)) return write.apply(stream, args);
      const { testPath = '' } =
        (globalThis as { expect?: { getState(): { testPath?: string } } }).expect?.getState() ?? {};
      captureLine(`test ${relative(ROOT, testPath)}`, text.trimEnd());
      return true;
    }) as typeof stream.write,
    { [CAPTURING]: write },
  );
}

/** As the logger and the metrics write: one line, a JSON object. */
const isLogged = (text: string): boolean => /^\{"(level|_aws)":[^\n]*\n$/.test(text);
