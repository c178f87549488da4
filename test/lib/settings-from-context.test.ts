import type { Node } from 'constructs';
import { settingsFromContext } from '../../lib/settings-from-context.ts';

/** A node of the construct tree, as far as it is asked. */
const nodeWith = (context: object): Node => ({ getAllContext: () => context }) as unknown as Node;
const read = (context: object) => settingsFromContext(nodeWith({ jwt: 'generated', ...context }));

test('takes the settings, and text as the command line gives it', () => {
  expect(read({ workerTimeoutSeconds: '60', throttleRate: 5, dashboard: 'false' })).toMatchObject({
    jwt: 'generated',
    workerTimeoutSeconds: 60,
    throttleRate: 5,
    throttleBurst: 2_000,
    dashboard: false,
  });
});

test('keys of the CDK are none of ours', () => {
  const keys = {
    '@aws-cdk/core:someFlag': true,
    'aws:cdk:bundling-stacks': ['Waybill'],
    'availability-zones:account=123456789012:region=eu-west-1': ['eu-west-1a'],
    'acknowledged-issue-numbers': [12345],
    'cli-telemetry': false,
  };
  expect(read(keys)).toEqual(read({}));
});

test.each([
  ['workerTimoutSeconds', '; did you mean workerTimeoutSeconds?'],
  ['Retention-Days', '; did you mean retentionDays?'],
  ['JWT', '; did you mean jwt?'],
  ['corsAllowedOrigin', '; did you mean corsAllowedOrigins?'],
  ['colour', ', see docs/deploy.md'],
  ['foo', ', see docs/deploy.md'],
])('%s is refused, not read over', (name, hint) => {
  expect(() => read({ [name]: 'x' })).toThrow(
    new Error(`Waybill's settings are not right.\n${name}: there is no such setting${hint}`),
  );
});

test('says all at once', () => {
  expect(() => read({ throtleRate: 5, throttleBurst: 0, domainName: 'jobs.example.com' })).toThrow(
    /throtleRate: .*throttleRate\?\nthrottleBurst: /,
  );
});
