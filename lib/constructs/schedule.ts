import { Duration, Validations } from 'aws-cdk-lib';
import { Rule, Schedule as RuleSchedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { WaybillFunction } from './waybill-function.ts';

export interface ScheduleProps {
  readonly everyMinutes: number;
  readonly target: WaybillFunction;
}

/** The shortest that EventBridge and Lambda take. */
const SHORTEST_EVENT_AGE = Duration.minutes(1);

/**
 * Calls a function every so many minutes. What fails is not repeated, neither by EventBridge, which would try for a day,
 * nor by Lambda, which would try twice more: the next call does the same work, and calls that were missed must not pile up.
 */
export class Schedule extends Construct {
  constructor(scope: Construct, id: string, { everyMinutes, target }: ScheduleProps) {
    super(scope, id);
    const once = { retryAttempts: 0, maxEventAge: SHORTEST_EVENT_AGE };
    const rule = new Rule(this, 'Rule', {
      schedule: RuleSchedule.rate(Duration.minutes(everyMinutes)),
      targets: [new LambdaFunction(target, once)],
    });
    target.configureAsyncInvoke(once);
    const reason = `The next call, ${everyMinutes} min later, does the same work: kept for a replay, a missed one would do it twice.`;
    Validations.of(rule).acknowledge({ id: 'Serverless-EventBusDLQ', reason });
    Validations.of(target).acknowledge(
      { id: 'Serverless-LambdaDLQ', reason },
      { id: 'Serverless-LambdaAsyncFailureDestination', reason },
    );
  }
}
