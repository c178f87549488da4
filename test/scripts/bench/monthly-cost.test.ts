import { idleMonth, jobsMonth } from '../../../scripts/bench/monthly-cost.ts';

const GB = 2 ** 30;

test('a month in which nothing happens has a sweep and fifteen polls of each queue a minute', () => {
  const resources = { alarmMetrics: 40, customMetrics: 3, dashboards: 1, secrets: 4, polledQueues: 2 };
  expect(idleMonth(resources, { lambdaRequests: 1, dynamoDbReadUnits: 16 })).toEqual({
    ...{ alarmMetrics: 40, customMetrics: 3, dashboards: 1, secrets: 4 },
    lambdaRequests: 43_200,
    dynamoDbReadUnits: 16 * 43_200,
    sqsRequests: 2 * 15 * 43_200,
  });
});

test('jobs take what one takes each, and lie in the table and its backups as long as they are kept', () => {
  const life = { dynamoDbWriteUnits: 10, logsGb: 1 / GB };
  expect(jobsMonth(GB, life, { itemBytes: 1_500, retentionDays: 60 })).toEqual({
    dynamoDbWriteUnits: 10 * GB,
    logsGb: 1,
    logsStorageGb: 1,
    dynamoDbStorageGb: 3_000,
    dynamoDbBackupGb: 3_000,
  });
});
