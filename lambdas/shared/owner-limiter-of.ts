import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { countOpen } from './count-open.ts';
import { OwnerLimitStore } from './owner-limit-store.ts';
import { type OwnerLimiter, ownerLimiter } from './owner-limiter.ts';

/** What a function that opens assemblies is told. */
export const OWNER_LIMIT_VARIABLES = [
  'JOBS_TABLE',
  'RATE_LIMITS_TABLE',
  'OWNER_SUBMISSIONS_PER_MINUTE',
  'OWNER_OPEN_ASSEMBLIES',
] as const;

export function ownerLimiterOf(
  env: Readonly<Record<(typeof OWNER_LIMIT_VARIABLES)[number], string>>,
  client: DynamoDBDocumentClient,
): OwnerLimiter {
  const limits = {
    perMinute: Number(env.OWNER_SUBMISSIONS_PER_MINUTE),
    open: Number(env.OWNER_OPEN_ASSEMBLIES),
  };
  return ownerLimiter({
    limits,
    store: new OwnerLimitStore(client, env.RATE_LIMITS_TABLE),
    countOpen: (owner) => countOpen(owner, limits.open, { client, table: env.JOBS_TABLE }),
  });
}
