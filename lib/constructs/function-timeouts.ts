/** Seconds that a function may take where that is not the default. A queue needs those of its consumer as well. */
export const FUNCTION_TIMEOUTS = {
  /** A webhook exchange takes 15 s at most; the rest is for a cold start and the table. */
  dispatcher: 30,
  /** Ten messages side by side, a read and a write each; writes to one assembly may have to be repeated. */
  receiveUpload: 30,
  /** A batch of 100 records, each a call or two, run side by side. */
  streamConsumer: 60,
  /** Until the next one begins. */
  sweep: 60,
} as const;
