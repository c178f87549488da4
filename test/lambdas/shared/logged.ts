import { jest } from '@jest/globals';

export interface Logged {
  /** The lines of the log so far, parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: what a line holds is what the tests are about
  readonly lines: any[];
  /** The same as they were written. */
  readonly text: string;
}

/** What product code logs while `work` runs: lines of the logger and of metrics, in their order. They are still captured. */
export async function loggedBy(work: () => unknown): Promise<Logged> {
  const written: string[] = [];
  const spies = [process.stdout, process.stderr].map((stream) => {
    const { write } = stream;
    return jest.spyOn(stream, 'write').mockImplementation((...args: Parameters<typeof write>) => {
      const text = String(args[0]);
      if (text.startsWith('{')) written.push(text);
      return write.apply(stream, args);
    });
  });
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return { lines: written.map((line) => JSON.parse(line)), text: written.join('') };
}
