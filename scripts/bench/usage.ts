/**
 * What is billed for, as counts. A name says the service and the unit; `prices.json` has a price for each.
 * Gigabytes are of 2^30 bytes, as AWS counts them.
 */
export interface Usage {
  readonly httpRequests: number;
  readonly lambdaRequests: number;
  readonly lambdaGbSeconds: number;
  readonly dynamoDbWriteUnits: number;
  readonly dynamoDbReadUnits: number;
  readonly dynamoDbStorageGb: number;
  /** Continuous backups for point-in-time recovery. */
  readonly dynamoDbBackupGb: number;
  readonly sqsRequests: number;
  /** PUT, COPY, POST and LIST. */
  readonly s3Writes: number;
  /** GET, HEAD and all others. */
  readonly s3Reads: number;
  readonly s3StorageGb: number;
  readonly secrets: number;
  readonly secretReads: number;
  readonly logsGb: number;
  readonly logsStorageGb: number;
  /** Metrics that alarms watch; an expression counts each of its metrics. */
  readonly alarmMetrics: number;
  readonly customMetrics: number;
  readonly dashboards: number;
}

export type UsageName = keyof Usage;

/** The sum of parts, each so many times. */
export function addUsage(
  ...parts: readonly (readonly [times: number, usage: Partial<Usage>])[]
): Partial<Usage> {
  const sum: Partial<Record<UsageName, number>> = {};
  for (const [times, usage] of parts)
    for (const [name, count] of Object.entries(usage) as [UsageName, number][])
      sum[name] = (sum[name] ?? 0) + times * count;
  return sum;
}
