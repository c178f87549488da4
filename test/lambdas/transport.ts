/**
 * How a call of an in-memory adapter reaches its service. It may call `operation` again, as the retry loop of the SDK
 * does, or never: so the simulation puts its faults where they happen in life, below the adapter's own code.
 */
export type Transport = <T>(call: string, operation: () => T) => Promise<T>;

/** At once, and without a fault. */
export const direct: Transport = async (_call, operation) => operation();

/** The first call is carried out, its answer is lost, and it is made again. `meanwhile` happens between the two. */
export function losingFirstAnswer(meanwhile: () => Promise<unknown> = async () => {}): Transport {
  let lost = false;
  return async (_call, operation) => {
    if (lost) return operation();
    lost = true;
    operation();
    await meanwhile();
    return operation();
  };
}
