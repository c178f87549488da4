import type { LambdaFunction } from './lambda-function.ts';

/**
 * Ends an execution environment in the middle of an invocation, as AWS may at any time: the invocation fails.
 * @param functionName of this function only
 * @returns the name of its function; undefined where none is busy
 */
export async function terminateRandomThread(
  functions: ReadonlyMap<string, LambdaFunction>,
  random: () => number,
  functionName?: string,
): Promise<string | undefined> {
  const busy = [...functions.values()]
    .filter(({ name }) => functionName === undefined || name === functionName)
    .flatMap(({ name, busyThreads }) => [...busyThreads].map((thread) => ({ name, thread })));
  const victim = busy[Math.floor(random() * busy.length)];
  await victim?.thread.terminate();
  return victim?.name;
}
