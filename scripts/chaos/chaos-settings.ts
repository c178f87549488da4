import { UNLIMITED_OWNERS } from '../local-waybill.ts';
import type { TargetPeriod } from './terminator.ts';

export interface ChaosSettings {
  readonly jobs: number;
  readonly seed: number;
  /** Of the calls that functions make of AWS. */
  readonly faultRate: number;
  /** Over which the jobs are submitted, evenly. */
  readonly loadSeconds: number;
  readonly receiverDownSeconds: number;
  readonly targets: readonly TargetPeriod[];
  /** After this long it is no longer waited for quiet, and what is not done counts as stuck. */
  readonly limitSeconds: number;
  /** Settings of the deployment, by the names of lib/settings.ts. */
  readonly deployment: Readonly<Record<string, unknown>>;
}

/** Up to this many are a short run. */
const SHORT_RUN_JOBS = 200;

/**
 * The short run ends no function whose messages SQS hides for three minutes, as it has not three minutes. The long one
 * leaves time for them, and for a worker's lease (35 s) and the next sweep (a minute), before its five minutes are over.
 */
export function chaosSettings({
  jobs,
  seed,
  faultRate,
}: Pick<ChaosSettings, 'jobs' | 'seed' | 'faultRate'>): ChaosSettings {
  const isShort = jobs <= SHORT_RUN_JOBS;
  return {
    jobs,
    seed,
    faultRate,
    loadSeconds: isShort ? 12 : 45,
    receiverDownSeconds: isShort ? 20 : 30,
    targets: isShort
      ? [{ untilSeconds: 22, only: ['enqueue', 'notify', 'submit', 'status-update'] }]
      : [{ untilSeconds: 60 }, { untilSeconds: 150, only: ['worker'] }],
    limitSeconds: 265,
    deployment: {
      // One user submits all of them, at once.
      ...UNLIMITED_OWNERS,
      workerTimeoutSeconds: 5,
      retryBaseSeconds: 1,
      // The first attempt is at once: 0, 1, 2, 4, 8, 16, 32.
      webhookScheduleSeconds: [1, 2, 4, 8, 16, 32],
    },
  };
}
