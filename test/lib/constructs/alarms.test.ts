import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ofType, type Properties, synthesized } from '../synthesized.ts';

const RUNBOOK = join(import.meta.dirname, '../../../docs/runbook.md');
const RUNBOOK_URL = 'https://wiki.example/runbook';
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:on-call';

/** By id, without what the ids of CloudFormation begin and end with. */
async function alarmsOf(settings: object): Promise<Map<string, Properties>> {
  const found = ofType('AWS::CloudWatch::Alarm', await synthesized({ runbookUrl: RUNBOOK_URL, ...settings }));
  return new Map(found.map(([id, properties]) => [id.slice('Alarms'.length, -8), properties]));
}

let alarms: Map<string, Properties>;
let quiet: Map<string, Properties>;
beforeAll(async () => {
  [alarms, quiet] = await Promise.all([alarmsOf({ alarmTopicArn: TOPIC }), alarmsOf({})]);
}, 60_000);

/** The anchors of the headings below "Alarms", as GitHub makes them. */
const headings = (): string[] => {
  const [, section = ''] = readFileSync(RUNBOOK, 'utf8').split(/^## Alarms$/m);
  const [below = ''] = section.split(/^## /m);
  return [...below.matchAll(/^### (.+)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase().replaceAll(' ', '-'),
  );
};

test('each alarm says in a sentence what is the matter, and links to its heading in the runbook', () => {
  expect(alarms.size).toBeGreaterThan(12);
  for (const [id, { AlarmDescription }] of alarms) {
    const [, sentence, anchor] =
      /^([A-Z][^.]+(?:failures\/[^.]+)?\.) https:\/\/wiki\.example\/runbook#([a-z-]+)$/.exec(
        AlarmDescription,
      ) ?? [];
    expect([id, sentence]).toEqual([id, expect.any(String)]);
    expect([id, headings()]).toEqual([id, expect.arrayContaining([anchor])]);
  }
});

test('each heading of the runbook has an alarm', () => {
  const linked = [...alarms.values()].map(({ AlarmDescription }) => AlarmDescription.split('#')[1]);
  expect(headings().filter((heading) => !linked.includes(heading))).toEqual([]);
});

test('alarms notify the topic of the setting, and nobody without it', () => {
  expect([...alarms.values()].map(({ AlarmActions }) => AlarmActions)).toEqual(
    [...alarms.values()].map(() => [TOPIC]),
  );
  expect([...quiet.values()].filter((alarm) => 'AlarmActions' in alarm)).toEqual([]);
});

test.each([
  ['JobsWait', { MetricName: 'ApproximateAgeOfOldestMessage', Threshold: 15 * 60 + 300 }],
  ['WebhooksWait', { Statistic: 'Maximum', Threshold: 20 * 60 + 30 }],
  ['UploadsWait', { Threshold: 5 * 60 + 30 }],
  ['SubmissionsWait', { Threshold: 60 * 60 + 40 }],
  ['TallyWait', { Threshold: 5 * 60 + 30 }],
  ['EnqueueSubmissionsBehind', { MetricName: 'IteratorAge', Threshold: 60_000 }],
  ['PlanTallyBehind', { MetricName: 'IteratorAge', Threshold: 60_000 }],
  ['EnqueueBehind', { MetricName: 'IteratorAge', Namespace: 'AWS/Lambda', Threshold: 60_000 }],
  ['NotifyBehind', { Statistic: 'Maximum', Period: 60 }],
  ['NotifyErrors', { MetricName: 'Errors', Threshold: 0, TreatMissingData: 'notBreaching' }],
  ['RequestsFail', { MetricName: '5xx', Namespace: 'AWS/ApiGateway', Threshold: 10, EvaluationPeriods: 2 }],
  ['FunctionsThrottled', { MetricName: 'Throttles', Namespace: 'AWS/Lambda', Threshold: 0 }],
  [
    'RecordsPutAside',
    {
      MetricName: 'RecordsPutAside',
      Namespace: 'Waybill',
      Dimensions: [{ Name: 'service', Value: 'waybill' }],
      Threshold: 0,
    },
  ],
  [
    'DeliveriesOverdue',
    {
      MetricName: 'OldestDueDeliverySeconds',
      Namespace: 'Waybill',
      Dimensions: [{ Name: 'service', Value: 'waybill' }],
      Threshold: 900,
      ComparisonOperator: 'GreaterThanThreshold',
    },
  ],
  [
    'SweepMissing',
    {
      MetricName: 'Invocations',
      Period: 300,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    },
  ],
])('%s watches what it says', (id, expected) => {
  expect(alarms.get(id)).toMatchObject(expected);
});

test('sums count what is missing as 0, and have no more metrics than an alarm takes', () => {
  const sums = [...alarms.values()].filter(({ Metrics }) => Metrics);
  expect(sums.map(({ Metrics }) => Metrics.length - 1)).toEqual([2, 2, 2, 2, 2, 5, 5, 5, 5]);
  for (const { Metrics } of sums) expect(Metrics[0].Expression).toBe('SUM(FILL(METRICS(), 0))');
  const [deadLetters] = sums;
  expect(deadLetters).toMatchObject({ Threshold: 0, EvaluationPeriods: 5 });
  expect(
    deadLetters?.Metrics.slice(1).map(({ MetricStat }: Properties) => MetricStat.Metric.MetricName),
  ).toEqual(['ApproximateNumberOfMessagesVisible', 'ApproximateNumberOfMessagesNotVisible']);
});
