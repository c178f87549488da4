/** What the test knows of each record of a batch, by its id. */
export interface KnownRecord {
  readonly id: string;
  /**
   * `good`: must be done with. `bad`: must be given back, or put aside where the consumer does that. `odd`: nobody can say,
   * but that it takes nobody with it.
   */
  readonly kind: 'good' | 'bad' | 'odd';
}

export interface BatchPromise {
  /** The consumer puts aside what it cannot handle, in the failure store: nothing is given back while the stores answer. */
  readonly putsAside: boolean;
}

/**
 * Everything that is wrong with the answer of a batch handler. An answer without a list deletes the whole batch, an id that
 * is none of the batch gives all of it back, and a good record among the failures comes again for nothing.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function batchFaults(
  answer: unknown,
  records: readonly KnownRecord[],
  promise: BatchPromise,
): string[] {
  const failures = (answer as { batchItemFailures?: unknown } | null)?.batchItemFailures;
  if (!Array.isArray(failures)) return [`the answer is ${JSON.stringify(answer)}`];
  const failed = failures.map((each) => (each as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  const malformed = failures.filter((each) => Object.keys(Object(each)).join() !== 'itemIdentifier');
  const faults = records.flatMap(({ id, kind }) => {
    const isFailed = failed.includes(id);
    if (kind === 'good' && isFailed) return [`the good record ${id} is given back`];
    if (kind === 'bad' && !isFailed && !promise.putsAside) return [`the bad record ${id} is taken for done`];
    return promise.putsAside && isFailed ? [`${id} is given back and not put aside`] : [];
  });
  return [
    ...faults,
    ...malformed.map((each) => `a failure is ${JSON.stringify(each)}`),
    ...failed
      .filter((id) => !records.some((record) => record.id === id))
      .map((id) => `${String(id)} is none of the batch`),
    ...(new Set(failed).size === failed.length ? [] : ['an id is named twice']),
  ];
}
