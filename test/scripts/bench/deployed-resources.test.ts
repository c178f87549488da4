import { METRICS } from '../../../lib/bindings.ts';
import { countResources } from '../../../scripts/bench/deployed-resources.ts';

const alarm = (Properties: object) => ({ Type: 'AWS::CloudWatch::Alarm', Properties: { ...Properties } });
const metric = (MetricName: string) => ({ Namespace: 'AWS/SQS', MetricName });
const fedBy = (resource: string) => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: { EventSourceArn: { 'Fn::GetAtt': [resource, 'Arn'] } },
});

test('an alarm on an expression counts each metric in it', () => {
  const sum = [
    { Expression: 'a+b' },
    { MetricStat: { Metric: metric('a') } },
    { MetricStat: { Metric: metric('b') } },
  ];
  const { alarmMetrics } = countResources({
    Resources: { One: alarm(metric('x')), Two: alarm(metric('y')), Three: alarm({ Metrics: sum }) },
  });
  expect(alarmMetrics).toBe(4);
});

test('a metric of ours counts once for each value of its dimension', () => {
  const { JobsFinished, StatusChecks } = METRICS;
  const { customMetrics } = countResources({ Resources: {} });
  const others = Object.values(METRICS).filter((each) => each !== JobsFinished && each !== StatusChecks);
  const least = JobsFinished.values.length + StatusChecks.values.length + others.length;
  expect(customMetrics).toBeGreaterThan(least);
});

test('secrets, dashboards and the queues that Lambda polls are counted, a stream is not', () => {
  expect(
    countResources({
      Resources: {
        Secret: { Type: 'AWS::SecretsManager::Secret' },
        Dashboard: { Type: 'AWS::CloudWatch::Dashboard' },
        Queue: { Type: 'AWS::SQS::Queue' },
        Unread: { Type: 'AWS::SQS::Queue' },
        Table: { Type: 'AWS::DynamoDB::GlobalTable' },
        FromQueue: fedBy('Queue'),
        FromStream: fedBy('Table'),
      },
    }),
  ).toMatchObject({ alarmMetrics: 0, dashboards: 1, secrets: 1, polledQueues: 1 });
});
