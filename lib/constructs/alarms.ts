import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ownMetric } from './own-metric.ts';
import type { WaybillFunction } from './waybill-function.ts';
import type { WorkQueue } from './work-queue.ts';

export interface AlarmsProps {
  readonly api: HttpApi;
  /** Every function of the stack. */
  readonly functions: readonly WaybillFunction[];
  /** Those that read the jobs table's stream. */
  readonly streamConsumers: readonly WaybillFunction[];
  readonly queues: Readonly<Record<keyof typeof LONGEST_WAIT_MINUTES, WorkQueue>>;
  readonly tables: Readonly<Record<string, TableV2>>;
  /** The function that is called each minute; without it there are no alarms about it. */
  readonly sweep?: WaybillFunction;
  /** Where docs/runbook.md can be read. */
  readonly runbookUrl: string;
  /** The SNS topic that alarms notify. */
  readonly alarmTopicArn?: string;
}

interface AlarmOptions {
  /** The heading of docs/runbook.md, as its anchor. */
  readonly runbook: string;
  /** One sentence for whoever is woken by it. */
  readonly sentence: string;
  readonly metric: IMetric;
  /** It alarms above this, or, with `below`, under it. */
  readonly threshold: number;
  readonly below?: boolean;
  /** For how many periods of the metric in a row; 1. */
  readonly periods?: number;
}

const ONE_MINUTE = Duration.minutes(1);
const FIVE_MINUTES = Duration.minutes(5);

/** How long a message may wait, its consumer's own time not counted. */
const LONGEST_WAIT_MINUTES = {
  /** Then a job that nobody has claimed gets a second message. */
  jobs: 15,
  /** Of ten thousand recipients the last ones wait, and a delay of 15 minutes may be followed by another one. */
  submissions: 60,
  /** A delay of twenty seconds, and the count itself. */
  tally: 5,
  /** SQS delays a message by 15 minutes at most, and 5 more make a delivery overdue. */
  webhooks: 20,
  /** Nothing waits here by intention; a message that failed once comes again after 3 minutes. */
  uploads: 5,
};
/** A message that something takes from a dead-letter queue is gone within seconds. */
const DEAD_LETTER_MINUTES = 5;
/** A cold start and a repetition or two are over by then. */
const STREAM_LAG_MS = 60_000;
/** Single ones are repeated by the SDK, and nobody notices. */
const THROTTLED_REQUESTS = 10;
/** A client repeats a request that failed once. A status that is asked for every five seconds fails sixty times. */
const FAILED_REQUESTS = 10;
/** The SDK has tried each of them three times. */
const UNASKED_LIMITS = 10;
/** Of what the functions do to tables; a query is one of an index. */
const TABLE_OPERATIONS = ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'Query'];
/** Three times the time after which a delivery that nobody has touched is taken up again. */
const OVERDUE_DELIVERY_SECONDS = 15 * 60;

/** What wakes somebody. Each alarm has a heading in docs/runbook.md, to which its description links. */
export class Alarms extends Construct {
  readonly all: Alarm[] = [];
  private readonly runbookUrl: string;
  private readonly topic: ITopic | undefined;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.runbookUrl = props.runbookUrl;
    this.topic = props.alarmTopicArn ? Topic.fromTopicArn(this, 'Topic', props.alarmTopicArn) : undefined;

    for (const [name, queue] of Object.entries(props.queues)) {
      this.onDeadLetters(name, queue);
      this.onWaiting(name as keyof AlarmsProps['queues'], queue);
    }
    for (const fn of props.streamConsumers) this.onStreamLag(fn);
    for (const fn of props.functions) this.onErrors(fn);
    this.onFailedRequests(props.api);
    this.onThrottledFunctions();
    for (const [name, table] of Object.entries(props.tables)) this.onThrottledTable(name, table);
    this.onRecordsPutAside();
    this.onLimitsNotAsked();
    if (props.sweep) this.onSweep(props.sweep);
  }

  private onDeadLetters(name: string, { deadLetters }: WorkQueue): void {
    const metrics = {
      visible: deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
      // A message that a consumer takes and fails to handle, again and again, is hidden most of the time.
      hidden: deadLetters.metricApproximateNumberOfMessagesNotVisible({ statistic: Stats.MAXIMUM }),
    };
    this.add(`${capital(name)}DeadLetters`, {
      runbook: `${name}-dead-letters`,
      sentence: `Messages of the ${name} queue failed five times, and nothing has taken them from its dead letters since.`,
      metric: sumOf(metrics, ONE_MINUTE),
      threshold: 0,
      periods: DEAD_LETTER_MINUTES,
    });
  }

  private onWaiting(name: keyof AlarmsProps['queues'], { queue, consumerTimeoutSeconds }: WorkQueue): void {
    this.add(`${capital(name)}Wait`, {
      runbook: `${name}-wait`,
      sentence: `The oldest message of the ${name} queue has waited too long.`,
      metric: queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, period: ONE_MINUTE }),
      // A message counts until it is deleted, so while it is in work as well.
      threshold: LONGEST_WAIT_MINUTES[name] * 60 + consumerTimeoutSeconds,
    });
  }

  private onStreamLag(fn: WaybillFunction): void {
    const name = fn.node.id;
    this.add(`${name}Behind`, {
      runbook: `${name.toLowerCase()}-is-behind`,
      sentence: `${name} reads changes of assemblies more than a minute after they were made.`,
      metric: fn.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: ONE_MINUTE }),
      threshold: STREAM_LAG_MS,
      periods: 2,
    });
  }

  /**
   * One alarm per function: an expression over all of them holds ten metrics at most, costs the same, which goes by
   * metrics, and does not say which function it was. What handlers foresee they catch, so that one error is worth a look.
   * Source of the ten: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
   */
  private onErrors(fn: WaybillFunction): void {
    this.add(`${fn.node.id}Errors`, {
      runbook: 'function-errors',
      sentence: `${fn.node.id} crashed, ran out of time or out of memory.`,
      metric: fn.metricErrors({ period: FIVE_MINUTES }),
      threshold: 0,
    });
  }

  /** What handlers foresee they answer with 500 or 503: to Lambda, that is a success. */
  private onFailedRequests(api: HttpApi): void {
    this.add('RequestsFail', {
      runbook: 'requests-fail',
      sentence: 'Callers of the API have been answered with 500 or 503 for ten minutes.',
      metric: api.metricServerError({ statistic: Stats.SUM, period: FIVE_MINUTES }),
      threshold: FAILED_REQUESTS,
      periods: 2,
    });
  }

  /** No function reserves concurrency: what throttles one of them is the limit that all functions of the account share. */
  private onThrottledFunctions(): void {
    this.add('FunctionsThrottled', {
      runbook: 'functions-are-throttled',
      sentence: 'Lambda refuses invocations because the concurrency of this account and region is used up.',
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'Throttles',
        statistic: Stats.SUM,
        period: FIVE_MINUTES,
      }),
      threshold: 0,
    });
  }

  private onThrottledTable(name: string, table: TableV2): void {
    const metrics = Object.fromEntries(
      TABLE_OPERATIONS.map((Operation) => [
        Operation.toLowerCase(),
        table.metric('ThrottledRequests', {
          dimensionsMap: { TableName: table.tableName, Operation },
          statistic: Stats.SUM,
        }),
      ]),
    );
    this.add(`${capital(name)}TableThrottled`, {
      runbook: 'tables-are-throttled',
      sentence: `DynamoDB refuses requests to the ${name} table because there are too many.`,
      metric: sumOf(metrics, FIVE_MINUTES),
      threshold: THROTTLED_REQUESTS,
    });
  }

  private onRecordsPutAside(): void {
    this.add('RecordsPutAside', {
      runbook: 'records-are-put-aside',
      sentence:
        'A change of an assembly could not be handled, and waits below failures/ in the bucket for a replay.',
      metric: ownMetric('RecordsPutAside', Stats.SUM),
      threshold: 0,
    });
  }

  private onLimitsNotAsked(): void {
    this.add('LimitsNotAsked', {
      runbook: 'limits-are-not-asked',
      sentence: 'Submissions are accepted without a look at the limits of their owners.',
      metric: ownMetric('LimitsNotAsked', Stats.SUM),
      threshold: UNASKED_LIMITS,
    });
  }

  private onSweep(sweep: WaybillFunction): void {
    this.add('SweepMissing', {
      runbook: 'sweep-did-not-run',
      sentence: 'The function that takes up what is stuck has not run for five minutes.',
      metric: sweep.metricInvocations({ period: FIVE_MINUTES }),
      threshold: 1,
      below: true,
    });
    this.add('SweepFailures', {
      runbook: 'sweep-fails-on-something',
      sentence: 'The function that takes up what is stuck has met errors for a quarter of an hour.',
      metric: ownMetric('SweepFailures', Stats.SUM),
      threshold: 0,
      // A throttle passes by itself: what fails each minute for so long does not.
      periods: 3,
    });
    this.add('DeliveriesOverdue', {
      runbook: 'deliveries-are-overdue',
      sentence: 'A webhook should have been sent more than fifteen minutes ago.',
      metric: ownMetric('OldestDueDeliverySeconds', Stats.MAXIMUM),
      threshold: OVERDUE_DELIVERY_SECONDS,
    });
  }

  private add(id: string, options: AlarmOptions): void {
    const { runbook, sentence, metric, threshold, below = false, periods = 1 } = options;
    const alarm = new Alarm(this, id, {
      alarmDescription: `${sentence} ${this.runbookUrl}#${runbook}`,
      metric,
      threshold,
      comparisonOperator: below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      // What does nothing sends no data: for the alarm on silence that is the cause, for the others it is rest.
      treatMissingData: below ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    if (this.topic) alarm.addAlarmAction(new SnsAction(this.topic));
    this.all.push(alarm);
  }
}

/**
 * What is missing counts as 0: DynamoDB has no value while nothing is throttled, and an alarm on its metrics would stay as it
 * is for want of one. Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
const sumOf = (usingMetrics: Record<string, IMetric>, period: Duration): MathExpression =>
  new MathExpression({ expression: 'SUM(FILL(METRICS(), 0))', usingMetrics, period });

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
