import { type Assembly, epochSeconds } from './assembly.ts';
import type { Language } from './language.ts';
import { isTerminal, type Status } from './state-machine.ts';

/** 202 while it runs, 200 when it ended (docs/decisions/0004-202-and-200.md). */
export const httpStatusOf = (status: Status): 200 | 202 => (isTerminal(status) ? 200 : 202);

/** Seconds until asking again is worth it, or undefined when it has ended; seed 003's 2 s and 5 s, longer for old work. */
export function retryAfterSeconds(
  { status, created_at, queued_at = created_at, next_retry_at }: Assembly,
  now: Date,
): number | undefined {
  if (isTerminal(status)) return undefined;
  const untilRetry = next_retry_at === undefined ? 0 : (Date.parse(next_retry_at) - now.getTime()) / 1000;
  const base = status === 'processing' ? 2 : Math.max(5, Math.ceil(untilRetry));
  const minutesOld = Math.floor((epochSeconds(now) - Date.parse(queued_at) / 1000) / 60);
  return Math.min(MAX_RETRY_AFTER, base + Math.max(0, minutesOld));
}

/** Half a minute late is nothing for work that has run for half an hour, and a poll costs a read. */
const MAX_RETRY_AFTER = 30;

/**
 * Weak, because durations grow while the version stands still; no tag while queued, as the position will move.
 * @param linkExpiry of the links, where there are any
 * @param submissionsVersion the sum of the versions of those that are listed, which move while the assembly stands still
 */
export const etagOf = (
  { created_at, version, status }: Assembly,
  {
    language,
    linkExpiry = 0,
    submissionsVersion,
  }: { readonly language: Language; readonly linkExpiry?: number; readonly submissionsVersion?: number },
): string | undefined =>
  status === 'queued'
    ? undefined
    : `W/"${[
        Date.parse(created_at).toString(36),
        version,
        language,
        linkExpiry.toString(36),
        ...(submissionsVersion === undefined ? [] : [submissionsVersion]),
      ].join('-')}"`;
