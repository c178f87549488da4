import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  behaviour,
  type ChildCloud,
  eventually,
  refusalOf,
  startChildCloud,
  useFixtureAssets,
  withChangedTemplate,
} from './child-cloud.ts';

const GUIDE = 'https://docs.aws.amazon.com/eventbridge/latest/userguide';
const RATES = `${GUIDE}/eb-rate-expressions.html`;
const SCHEDULES = `${GUIDE}/eb-create-rule-schedule.html`;
const EVENT = `${GUIDE}/eb-events-structure.html`;
const INPUT = `${GUIDE}/eb-targets.html`;
const PERMISSIONS = `${GUIDE}/eb-use-resource-based.html`;

const TEMPLATE = join(import.meta.dirname, 'fixture/Schedules.template.json');
/** A minute lasts half a second. */
const [SPEED, MINUTE_MS] = [120, 500];

interface Tick {
  readonly at: number;
  readonly event: Record<string, unknown>;
}

let cloud: ChildCloud;
let ready: number;
beforeAll(async () => {
  cloud = await startChildCloud(TEMPLATE, {}, ['--schedule-speed', String(SPEED)]);
  ready = Date.now();
});
afterAll(() => cloud.stop());

const ticksOf = (name: string): Tick[] => {
  const start = `Schedules-${name}: `;
  return cloud.lines
    .filter((line) => line.startsWith(start))
    .map((line) => JSON.parse(line.slice(start.length)) as Tick);
};
const ticks = (name: string, count: number): Promise<Tick[]> =>
  eventually(() => ticksOf(name).length >= count && ticksOf(name));

behaviour('a rule runs at its rate, for the first time one period after it was made', RATES, async () => {
  const minutely = (await ticks('Minutely', 6)).map(({ at }) => at);
  const [first = 0] = minutely;
  // The schedules start a little before the line that says that the cloud is ready.
  expect(first - ready).toBeGreaterThan(MINUTE_MS - 300);
  const average = ((minutely[5] ?? 0) - first) / 5;
  expect(average).toBeGreaterThan(MINUTE_MS * 0.8);
  expect(average).toBeLessThan(MINUTE_MS * 1.5);
  const [slower] = await ticks('Slower', 1);
  expect((slower?.at ?? 0) - ready).toBeGreaterThan(4 * MINUTE_MS - 300);
});

behaviour('the event says which rule it is, and when', EVENT, async () => {
  const [first, second] = await ticks('Minutely', 2);
  expect(first?.event).toEqual({
    version: '0',
    id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '000000000000',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    region: 'us-east-1',
    resources: ['arn:aws:events:us-east-1:000000000000:rule/Schedules-EachMinute'],
    detail: {},
  });
  expect(second?.event.id).not.toBe(first?.event.id);
});

behaviour('the Input of a target is all that it gets', INPUT, async () => {
  expect((await ticks('Told', 1))[0]?.event).toEqual({ told: true });
});

behaviour('a rule that is disabled does not run', SCHEDULES, async () => {
  await ticks('Minutely', 2);
  await wait(MINUTE_MS);
  expect(ticksOf('Never')).toEqual([]);
});

// biome-ignore lint/suspicious/noExplicitAny: properties of the template, as they are changed here
type Properties = any;
const refusalWhere = (change: (rule: Properties, resources: Record<string, object>) => void) =>
  withChangedTemplate(
    ({ Resources }) => {
      useFixtureAssets(Resources);
      change(Resources.EachMinute?.Properties, Resources);
    },
    (file) => refusalOf(['--template', file]),
    TEMPLATE,
  );

for (const expression of [
  'rate(1 minutes)',
  'rate(5 minute)',
  'rate(0 minutes)',
  'rate(30 seconds)',
  'often',
])
  behaviour(`${expression} is refused`, RATES, async () => {
    const refusal = await refusalWhere((rule) => {
      rule.ScheduleExpression = expression;
    });
    expect(refusal).toBe(
      `The schedule "${expression}" cannot be run. AWS refuses it: it must be such as rate(1 minute) or rate(5 minutes).`,
    );
  });

behaviour('a rule that has no permission to call the function would never run', PERMISSIONS, async () => {
  const refusal = await refusalWhere((_rule, resources) => {
    delete resources.MinutelyPermission;
  });
  expect(refusal).toMatch(
    /^The rule "EachMinute" may not call Changed-Minutely: there is no AWS::Lambda::Permi/,
  );
});

test.each([
  ['cron', { ScheduleExpression: 'cron(0 12 * * ? *)' }, /knows? cron expressions/],
  ['a pattern of events', { EventPattern: {} }, /property "EventPattern" of AWS::Events::Rule/],
  ['a state that it does not know', { State: 'ENABLED_WITH_ALL' }, /the state ENABLED_WITH_ALL/],
  ['a target that is no function', { Targets: [{ Id: 'x', Arn: 'arn:aws:sqs:x' }] }, /calls arn:aws:sqs:x/],
  [
    'an input that is made from the event',
    { Targets: [{ Id: 'x', Arn: 'x', InputPath: '$' }] },
    /"InputPath" of a target \(in the rule "EachMinute"\)/,
  ],
])('a rule with %s is an error that names it', async (_what, properties, sentence) => {
  expect(await refusalWhere((rule) => Object.assign(rule, properties))).toMatch(sentence);
});
