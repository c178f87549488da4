import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/**
 * In place of the SDK's silent logger, which has an `info`: for it, the SDK goes through every member of every item, and
 * makes a line that nobody writes. That took a twentieth of a warm status.
 */
const LOGGER = { trace() {}, debug() {}, warn() {}, error() {} } as unknown as DynamoDBClientConfig['logger'];

/**
 * For every client of the SDK, which by itself waits for an answer for ever: a connection that hangs would outlive the
 * function. An answer of DynamoDB, SQS or Secrets Manager takes milliseconds; what takes longer is tried again.
 */
export const AWS_CLIENT_SETTINGS = {
  logger: LOGGER,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;

/** For files: the answer to a part comes when all of it has arrived, and a step may take its time to read one. */
export const FILE_TRANSFER_SETTINGS = {
  logger: LOGGER,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
} as const;
