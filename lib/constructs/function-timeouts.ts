import { SUBMISSION_MARGIN_SECONDS } from '../bindings.ts';

/** Seconds that a function may take where that is not the default. A queue needs those of its consumer as well. */
export const FUNCTION_TIMEOUTS = {
  /** A webhook exchange takes 15 s at most; the rest is for a cold start and the table. */
  dispatcher: 30,
  /** Ten messages side by side, a read and a write each; writes to one assembly may have to be repeated. */
  receiveUpload: 30,
  /** A batch of 100 records, each a call or two, run side by side. */
  streamConsumer: 60,
  /** An update may tell of a thousand submissions; the API waits for half a minute. */
  statusUpdate: 29,
  /** A count of ten thousand rows is five pages of a query. */
  tally: 30,
  /** Until the next one begins. */
  sweep: 60,
} as const;

export const submissionWorkerSeconds = ({
  submissionTimeoutSeconds,
}: {
  readonly submissionTimeoutSeconds: number;
}): number => submissionTimeoutSeconds + SUBMISSION_MARGIN_SECONDS;
