import type { Outcome } from './lambda-thread.ts';

interface BatchResponse {
  readonly batchItemFailures?: readonly { readonly itemIdentifier?: unknown }[] | null;
}

/**
 * Which items of a batch failed. An answer of null or `{}` or an empty list means none, so the whole batch counts
 * as done; an answer that names no item of this batch means all.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 * @param ids the batch's message ids or sequence numbers
 * @param reports whether the mapping has ReportBatchItemFailures; without it the answer is not read
 */
export function failedItems(outcome: Outcome, ids: readonly string[], reports: boolean): ReadonlySet<string> {
  const all = new Set(ids);
  if ('failure' in outcome) return all;
  if (!reports) return new Set();
  const response = JSON.parse(outcome.result) as BatchResponse | string | number | boolean | null;
  if (response === null) return new Set();
  if (typeof response !== 'object') return all;
  const failures = response.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return all;
  const named = failures.map((failure: { itemIdentifier?: unknown } | null) => failure?.itemIdentifier);
  return named.every((id): id is string => typeof id === 'string' && all.has(id)) ? new Set(named) : all;
}
