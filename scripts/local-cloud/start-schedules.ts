import { randomUUID } from 'node:crypto';
import { findFunction } from './create-functions.ts';
import { invokeAsynchronously } from './invoke-asynchronously.ts';
import type { LambdaFunction } from './lambda-function.ts';
import { ACCOUNT, REGION } from './place.ts';
import type { ResolvedTemplate } from './resolve-template.ts';
import { schedulePeriodMs } from './schedule-expression.ts';

interface RuleProperties {
  readonly ScheduleExpression?: string;
  readonly State?: string;
  readonly Targets?: readonly Readonly<Record<string, unknown>>[];
}

interface PermissionProperties {
  readonly FunctionName: string;
  readonly Principal: string;
  readonly SourceArn?: string;
}

export interface ScheduleContext {
  readonly resolved: ResolvedTemplate;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  /** How many times faster than time itself; 60 makes a second of a minute. */
  readonly speed: number;
  readonly stopping: AbortSignal;
}

interface Schedule {
  readonly ruleArn: string;
  readonly periodMs: number;
  readonly targets: readonly { readonly fn: LambdaFunction; readonly input: string | undefined }[];
}

/** RetryPolicy is about calls that Lambda does not accept; here it accepts every one. */
const TARGET_PROPERTIES = ['Arn', 'Id', 'Input', 'RetryPolicy'];

/** A timer of Node holds 2^31 - 1 ms, some 24 days; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Starts every enabled schedule of the template, until `stopping`. A rule runs for the first time one period after it was
 * made: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rate-expressions.html
 */
export function startSchedules({ resolved, functions, speed, stopping }: ScheduleContext): void {
  // All are read before the first is started, so that an error leaves no timer.
  const schedules = resolved
    .idsOf('AWS::Events::Rule')
    .map((logicalId) => scheduleOf(resolved, functions, logicalId));
  for (const { ruleArn, periodMs, targets } of schedules.filter((each) => each !== undefined)) {
    const timer = setInterval(
      () => {
        for (const { fn, input } of targets)
          void invokeAsynchronously(fn, input ?? JSON.stringify(scheduledEvent(ruleArn)), stopping);
      },
      Math.min(periodMs / speed, LONGEST_TIMER_MS),
    );
    stopping.addEventListener('abort', () => clearInterval(timer), { once: true });
  }
}

function scheduleOf(
  resolved: ResolvedTemplate,
  functions: ReadonlyMap<string, LambdaFunction>,
  logicalId: string,
): Schedule | undefined {
  const properties = resolved.propertiesOf<RuleProperties>(logicalId);
  const { ScheduleExpression, State = 'ENABLED', Targets = [] } = properties;
  const ruleArn = resolved.identityOf(logicalId).attributes.Arn ?? '';
  if (ScheduleExpression === undefined) throw new Error(`The rule "${logicalId}" has no ScheduleExpression.`);
  const periodMs = schedulePeriodMs(ScheduleExpression);
  const targets = Targets.map((target) => {
    const unknown = Object.keys(target).find((name) => !TARGET_PROPERTIES.includes(name));
    if (unknown !== undefined)
      throw new Error(`The local cloud doesn't know "${unknown}" of a target (in the rule "${logicalId}").`);
    const fn = findFunction(functions, String(target.Arn));
    if (!fn)
      throw new Error(`The rule "${logicalId}" calls ${target.Arn}, which is no function of the template.`);
    checkPermission(resolved, logicalId, { ruleArn, fn });
    return { fn, input: target.Input === undefined ? undefined : String(target.Input) };
  });
  if (State !== 'ENABLED' && State !== 'DISABLED')
    throw new Error(`The local cloud doesn't know the state ${State} (of the rule "${logicalId}").`);
  return State === 'ENABLED' ? { ruleArn, periodMs, targets } : undefined;
}

/**
 * Without it AWS deploys the rule, and its calls fail in silence:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
 */
function checkPermission(
  resolved: ResolvedTemplate,
  logicalId: string,
  { ruleArn, fn }: { readonly ruleArn: string; readonly fn: LambdaFunction },
): void {
  const allowed = resolved.idsOf('AWS::Lambda::Permission').some((id) => {
    const { FunctionName, Principal, SourceArn } = resolved.propertiesOf<PermissionProperties>(id);
    const ours = SourceArn === undefined || SourceArn === ruleArn;
    return Principal === 'events.amazonaws.com' && ours && [fn.name, fn.arn].includes(FunctionName);
  });
  if (!allowed)
    throw new Error(
      `The rule "${logicalId}" may not call ${fn.name}: there is no AWS::Lambda::Permission for events.amazonaws.com. ` +
        'AWS would never run it.',
    );
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html */
const scheduledEvent = (ruleArn: string): object => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: ACCOUNT,
  time: `${new Date().toISOString().slice(0, 19)}Z`,
  region: REGION,
  resources: [ruleArn],
  detail: {},
});
