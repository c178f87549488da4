import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  MathExpression,
  Stats,
  TextWidget,
  TextWidgetBackground,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE, type MetricName } from '../bindings.ts';
import { ownMetric } from './own-metric.ts';
import type { WaybillFunction } from './waybill-function.ts';
import type { WorkQueue } from './work-queue.ts';

export interface DashboardProps {
  readonly api: HttpApi;
  readonly functions: readonly WaybillFunction[];
  /** Those that read the jobs table's stream. */
  readonly streamConsumers: readonly WaybillFunction[];
  readonly queues: Readonly<Record<string, WorkQueue>>;
  readonly tables: Readonly<Record<string, TableV2>>;
  readonly alarms: readonly Alarm[];
  /** Where docs/runbook.md can be read. */
  readonly runbookUrl: string;
}

/** A question of whoever looks at it, and the graphs that answer it. */
interface Row {
  readonly question: string;
  /** Headings of docs/runbook.md on it, as their anchors. */
  readonly runbook: readonly string[];
  readonly graphs: readonly Graph[];
}

interface Graph {
  readonly title: string;
  readonly metrics: readonly IMetric[];
}

/** A line of the dashboard is 24 units wide. */
const WIDTH = 24;
const PERIOD = Duration.minutes(5);
const MEDIAN = Stats.percentile(50);
const P99 = Stats.percentile(99);

/** One look at a deployment: are the alarms calm, do callers get answers, do jobs get done, and if not, where do they stand? */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const dashboard = new CloudWatchDashboard(this, 'Dashboard', { defaultInterval: Duration.days(1) });
    dashboard.addWidgets(text('# Waybill', aboutRunbook(props.runbookUrl), 2));
    dashboard.addWidgets(
      new AlarmStatusWidget({ title: 'Alarms', alarms: [...props.alarms], width: WIDTH, height: 4 }),
    );
    for (const row of rows(props)) {
      dashboard.addWidgets(heading(row, props.runbookUrl));
      dashboard.addWidgets(...row.graphs.map((graph) => drawn(graph, row.graphs.length)));
    }
  }
}

const rows = (props: DashboardProps): Row[] => [
  {
    question: 'Do callers get answers?',
    runbook: ['requests-fail', 'function-errors', 'functions-are-throttled'],
    graphs: [
      {
        title: 'Requests, and those refused (4xx) or failed (5xx)',
        metrics: [
          props.api.metricCount({ statistic: Stats.SUM, period: PERIOD, label: 'all' }),
          props.api.metricClientError({ statistic: Stats.SUM, period: PERIOD, label: '4xx' }),
          props.api.metricServerError({ statistic: Stats.SUM, period: PERIOD, label: '5xx' }),
        ],
      },
      {
        title: 'Time to the answer, ms',
        metrics: [
          props.api.metricLatency({ statistic: MEDIAN, period: PERIOD, label: 'median' }),
          props.api.metricLatency({ statistic: P99, period: PERIOD, label: 'p99' }),
        ],
      },
      { title: 'Status checks by what they got', metrics: [byDimension('StatusChecks', 'result')] },
    ],
  },
  {
    question: 'Do jobs get done, and how fast?',
    runbook: ['jobs-wait', 'sweep-did-not-run'],
    graphs: [
      {
        title: 'Accepted, and finished by status',
        metrics: [ownMetric('JobsAccepted', Stats.SUM), byDimension('JobsFinished', 'status')],
      },
      { title: 'From submission to the start, ms', metrics: percentiles('TimeToStart') },
      { title: 'From submission to the end, ms', metrics: percentiles('TimeToEnd') },
      { title: 'Runs by outcome', metrics: [byDimension('RunsEnded', 'outcome')] },
    ],
  },
  {
    question: 'Does the work succeed, template by template?',
    runbook: ['logs-and-metrics'],
    graphs: [
      {
        title: 'Completion rate, %',
        metrics: [byDimension('CompletionRate', 'template', Stats.AVERAGE)],
      },
      {
        title: 'Attempts that it is the rate of',
        metrics: [byDimension('CompletionRate', 'template', Stats.SAMPLE_COUNT)],
      },
    ],
  },
  {
    question: 'Where do they wait?',
    runbook: ['jobs-wait', 'uploads-wait', 'enqueue-is-behind', 'notify-is-behind'],
    graphs: [
      {
        title: 'Messages that wait',
        metrics: perQueue(props, ({ queue }, label) =>
          queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: PERIOD, label }),
        ),
      },
      {
        title: 'Age of the oldest message, s',
        metrics: perQueue(props, ({ queue }, label) =>
          queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, period: PERIOD, label }),
        ),
      },
      { title: 'Time of a job in the queue, ms', metrics: percentiles('QueueWait') },
      {
        title: 'How far behind the stream is read, ms',
        metrics: props.streamConsumers.map((fn) =>
          fn.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: PERIOD, label: fn.node.id }),
        ),
      },
    ],
  },
  {
    question: 'Has anything failed for good?',
    runbook: ['jobs-dead-letters', 'records-are-put-aside', 'sweep-fails-on-something'],
    graphs: [
      {
        title: 'Dead letters',
        metrics: perQueue(props, ({ deadLetters }, label) =>
          deadLetters.metricApproximateNumberOfMessagesVisible({
            statistic: Stats.MAXIMUM,
            period: PERIOD,
            label,
          }),
        ),
      },
      {
        title: 'Records put aside, and failures of the sweep',
        metrics: [ownMetric('RecordsPutAside', Stats.SUM), ownMetric('SweepFailures', Stats.SUM)],
      },
      { title: 'Limits of owners not asked', metrics: [ownMetric('LimitsNotAsked', Stats.SUM)] },
    ],
  },
  {
    question: 'Do webhooks arrive?',
    runbook: ['webhooks-wait', 'deliveries-are-overdue'],
    graphs: [
      { title: 'Attempts by outcome', metrics: [byDimension('WebhookAttempts', 'outcome')] },
      {
        title: 'How long the oldest delivery is overdue, s',
        metrics: [ownMetric('OldestDueDeliverySeconds', Stats.MAXIMUM)],
      },
    ],
  },
  {
    question: 'Do the functions work?',
    runbook: ['function-errors', 'functions-are-throttled'],
    graphs: [
      {
        title: 'Errors',
        metrics: props.functions.map((fn) => fn.metricErrors({ period: PERIOD, label: fn.node.id })),
      },
      {
        title: 'Time they took (p99), ms',
        metrics: props.functions.map((fn) =>
          fn.metricDuration({ statistic: P99, period: PERIOD, label: fn.node.id }),
        ),
      },
      {
        title: 'Invocations that Lambda refused',
        metrics: props.functions.map((fn) => fn.metricThrottles({ period: PERIOD, label: fn.node.id })),
      },
    ],
  },
  {
    question: 'Does DynamoDB keep up, and what does it cost?',
    runbook: ['tables-are-throttled'],
    graphs: [
      {
        title: 'Units read',
        metrics: perTable(props, (table, label) =>
          table.metricConsumedReadCapacityUnits({ period: PERIOD, label }),
        ),
      },
      {
        title: 'Units written',
        metrics: perTable(props, (table, label) =>
          table.metricConsumedWriteCapacityUnits({ period: PERIOD, label }),
        ),
      },
      ...Object.entries(props.tables).map(([name, table]) => ({
        title: `Requests to ${name} refused, by operation`,
        metrics: [refusedRequests(table)],
      })),
    ],
  },
];

const perQueue = (
  { queues }: DashboardProps,
  metric: (queue: WorkQueue, name: string) => IMetric,
): readonly IMetric[] => Object.entries(queues).map(([name, queue]) => metric(queue, name));

const perTable = (
  { tables }: DashboardProps,
  metric: (table: TableV2, name: string) => IMetric,
): readonly IMetric[] => Object.entries(tables).map(([name, table]) => metric(table, name));

const percentiles = (name: MetricName): IMetric[] => [
  ownMetric(name, MEDIAN).with({ label: 'median' }),
  ownMetric(name, P99).with({ label: 'p99' }),
];

/** A line for each value of a metric's second dimension, whichever there are. */
const byDimension = (name: MetricName, dimension: string, statistic: string = Stats.SUM): IMetric =>
  linePer(dimension, `{${METRIC_NAMESPACE},service,${dimension}} MetricName="${name}"`, statistic);

const refusedRequests = (table: TableV2): IMetric =>
  linePer(
    'Operation',
    `{AWS/DynamoDB,TableName,Operation} MetricName="ThrottledRequests" TableName="${table.tableName}"`,
  );

const linePer = (dimension: string, search: string, statistic: string = Stats.SUM): IMetric =>
  new MathExpression({
    expression: `SEARCH('${search}', '${statistic}', ${PERIOD.toSeconds()})`,
    usingMetrics: {},
    label: `\${PROP('Dim.${dimension}')}`,
    period: PERIOD,
  });

const drawn = ({ title, metrics }: Graph, graphs: number): IWidget =>
  new GraphWidget({ title, left: [...metrics], leftYAxis: { min: 0 }, width: WIDTH / graphs, height: 6 });

const heading = ({ question, runbook }: Row, runbookUrl: string): IWidget =>
  text(
    `## ${question}`,
    `Runbook: ${runbook.map((anchor) => linkTo(`${runbookUrl}#${anchor}`, anchor)).join(' · ')}`,
    2,
  );

const aboutRunbook = (runbookUrl: string): string =>
  `What to do when an alarm rings stands in ${linkTo(runbookUrl, 'the runbook')}.`;

/** The default of the setting `runbookUrl` is a path in the repository, to which no browser can go from here. */
const linkTo = (url: string, title: string): string =>
  /^https?:/.test(url) ? `[${title}](${url})` : `${title} (${url})`;

const text = (title: string, below: string, height: number): IWidget =>
  new TextWidget({
    markdown: `${title}\n${below}`,
    width: WIDTH,
    height,
    background: TextWidgetBackground.TRANSPARENT,
  });
