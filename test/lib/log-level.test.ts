import { FUNCTIONS } from '../../lib/bindings.ts';
import { waybillSettings } from '../../lib/settings.ts';
import { ofType, synthesized } from './synthesized.ts';

test.each([
  [{}, 'INFO'],
  [{ logLevel: 'WARN' }, 'WARN'],
])('with %j every function is told to log from %s on', async (settings, level) => {
  const functions = ofType('AWS::Lambda::Function', await synthesized(settings));
  expect(functions).toHaveLength(FUNCTIONS.length);
  const levels = functions.map(([, { Environment }]) => Environment.Variables.POWERTOOLS_LOG_LEVEL);
  expect(new Set(levels)).toEqual(new Set([level]));
});

// Nothing would be logged of what goes wrong.
test.each(['SILENT', 'CRITICAL', 'info', ''])('%j is no level', (logLevel) => {
  expect(waybillSettings.safeParse({ jwt: 'generated', logLevel }).success).toBe(false);
});
