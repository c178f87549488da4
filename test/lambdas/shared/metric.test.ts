import { jest } from '@jest/globals';
import { logMetric } from '../../../lambdas/shared/metric.ts';

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
test('a metric is one line of JSON on stdout, in the embedded metric format', () => {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const before = Date.now();
  logMetric('OldestDueDeliverySeconds', 42, 'Seconds');
  const written = write.mock.calls.map(([text]) => String(text));
  write.mockRestore();
  expect(written).toHaveLength(1);
  expect(written[0]).toMatch(/^[^\n]*\n$/);
  const line = JSON.parse(written[0] ?? '');
  expect(line).toEqual({
    _aws: {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        {
          Namespace: 'Waybill',
          Dimensions: [['service']],
          Metrics: [{ Name: 'OldestDueDeliverySeconds', Unit: 'Seconds' }],
        },
      ],
    },
    service: 'waybill',
    OldestDueDeliverySeconds: 42,
  });
  expect(line._aws.Timestamp).toBeGreaterThanOrEqual(before);
});
