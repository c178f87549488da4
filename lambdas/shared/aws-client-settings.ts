/**
 * For every client of the SDK, which by itself waits for an answer for ever: a connection that hangs would outlive the
 * function. An answer of DynamoDB, SQS or Secrets Manager takes milliseconds; what takes longer is tried again.
 */
export const AWS_CLIENT_SETTINGS = {
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;

/** For files: the answer to a part comes when all of it has arrived, and a step may take its time to read one. */
export const FILE_TRANSFER_SETTINGS = {
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
} as const;
