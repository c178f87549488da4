import type { DeployedResources } from './deployed-resources.ts';
import { addUsage, type Usage } from './usage.ts';

/** A month of 30 days: `sweep` runs each minute. */
const MINUTES_PER_MONTH = 43_200;
/** Lambda keeps five long polls of 20 s on a queue that is empty: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const IDLE_POLLS_PER_MINUTE = 15;
const GB = 2 ** 30;

/** What is there whether or not anybody submits a job. */
export const idleMonth = (
  { polledQueues, ...standing }: DeployedResources,
  idleSweep: Partial<Usage>,
): Partial<Usage> =>
  addUsage(
    [1, standing],
    [MINUTES_PER_MONTH, idleSweep],
    [MINUTES_PER_MONTH * IDLE_POLLS_PER_MINUTE, { sqsRequests: polledQueues }],
  );

/**
 * What so many jobs of one kind a month take, once as many have expired as come: the tables hold those of the retention
 * time, and so do the continuous backups, at about the size of the tables. Logs are kept for a month, here without the
 * compression that AWS counts. The files are left out: only you know how large they are.
 */
export const jobsMonth = (
  jobs: number,
  life: Partial<Usage>,
  { itemBytes, retentionDays }: { readonly itemBytes: number; readonly retentionDays: number },
): Partial<Usage> => {
  const storedGb = (jobs * (retentionDays / 30) * itemBytes) / GB;
  return addUsage(
    [jobs, life],
    [1, { dynamoDbStorageGb: storedGb, dynamoDbBackupGb: storedGb }],
    [jobs, { logsStorageGb: life.logsGb ?? 0 }],
  );
};
