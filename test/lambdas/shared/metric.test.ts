import { logMetrics } from '../../../lambdas/shared/metric.ts';
import { dimensionValues, METRICS, type MetricName } from '../../../lib/bindings.ts';
import { DELIVERY_STATES } from '../../../lib/domain/delivery.ts';
import { TERMINAL } from '../../../lib/domain/state-machine.ts';
import { templates } from '../../../templates/registry.ts';
import { faultsOfMetrics } from '../../faults-of-metrics.ts';
import { loggedBy } from './logged.ts';

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
test('what was measured at one event is one line of JSON on stdout, in the embedded metric format', async () => {
  const before = Date.now();
  const { lines, text } = await loggedBy(() =>
    logMetrics({ name: 'JobsFinished', value: 1, by: 'completed' }, { name: 'TimeToEnd', value: 1_200 }),
  );
  expect(text).toMatch(/^[^\n]*\n$/);
  expect(lines).toEqual([
    {
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: 'Waybill',
            Dimensions: [['service', 'status']],
            Metrics: [{ Name: 'JobsFinished', Unit: 'Count' }],
          },
          {
            Namespace: 'Waybill',
            Dimensions: [['service']],
            Metrics: [{ Name: 'TimeToEnd', Unit: 'Milliseconds' }],
          },
        ],
      },
      service: 'waybill',
      status: 'completed',
      JobsFinished: 1,
      TimeToEnd: 1_200,
    },
  ]);
  expect(lines[0]._aws.Timestamp).toBeGreaterThanOrEqual(before);
});

test('nothing measured is no line', async () => {
  expect((await loggedBy(() => logMetrics())).lines).toEqual([]);
});

const NAMES = Object.keys(METRICS) as MetricName[];

test.each(NAMES)('%s is what CloudWatch takes', async (name) => {
  for (const by of dimensionValues(name, templates.keys())) {
    const { lines } = await loggedBy(() => logMetrics({ name, value: 0, by } as never));
    expect(lines.map(faultsOfMetrics)).toEqual([[]]);
  }
});

test('what metrics are counted by is what the domain knows', () => {
  expect(METRICS.JobsFinished.values).toEqual(TERMINAL);
  expect(METRICS.RunsEnded.values).toEqual([...TERMINAL, 'retried', 'lost']);
  // One that stays pending is tried again.
  const outcomes = DELIVERY_STATES.map((state) => (state === 'pending' ? 'retried' : state));
  expect([...METRICS.WebhookAttempts.values].sort()).toEqual(outcomes.sort());
});

test('all together they are few enough to be cheap', () => {
  // Each is $0.30 a month: https://aws.amazon.com/cloudwatch/pricing/
  const count = (templateIds: string[]) =>
    NAMES.reduce((sum, name) => sum + dimensionValues(name, templateIds).length, 0);
  expect(count([])).toBeLessThanOrEqual(30);
  // And one for each template: what a user sends makes none.
  expect(count(['a', 'b', 'c'])).toBe(count([]) + 3);
});
