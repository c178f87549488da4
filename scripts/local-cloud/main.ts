import { parseArgs } from 'node:util';
import { startLocalCloud } from './start-local-cloud.ts';
import { readTemplate } from './template.ts';

/**
 * `node scripts/local-cloud/main.ts --template FILE [--port N] [--schedule-speed N] [--verbose]`: one JSON line when ready, then it
 * runs until SIGINT or SIGTERM.
 */
const { values } = parseArgs({
  options: {
    template: { type: 'string' },
    port: { type: 'string', default: '0' },
    'schedule-speed': { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
  },
});

if (values.template === undefined) {
  console.error(
    'usage: node scripts/local-cloud/main.ts --template cdk.out/X.template.json [--port N] [--schedule-speed N] [--verbose]',
  );
  process.exit(2);
}

try {
  const cloud = await startLocalCloud({
    templateFile: values.template,
    port: Number(values.port),
    scheduleSpeed: Number(values['schedule-speed']),
    ...(values.verbose && { log: (line: string) => console.error(line) }),
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // The exit code says nothing went wrong; exit, because a client's socket may still be open.
      void cloud.stop().then(() => process.exit(0));
    });
  }
  const { secretValue, stop: _stop, ...description } = cloud;
  const secretIds = Object.entries(readTemplate(values.template).resources)
    .filter(([, { Type }]) => Type === 'AWS::SecretsManager::Secret')
    .map(([id]) => id);
  const secrets = Object.fromEntries(secretIds.map((id) => [id, secretValue(id)]));
  console.log(JSON.stringify({ ...description, secrets }));
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
