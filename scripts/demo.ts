import { parseArgs } from 'node:util';
import { scenes } from './demo/play.ts';
import { startWebhookReceiver } from './demo/webhook-receiver.ts';
import { startLocalWaybill } from './local-waybill.ts';

const HELP = `Usage: npm run demo [-- --verbose]

Plays a job on a local cloud made from the CDK app: no account, no Docker, nothing leaves this machine.

  --verbose  show what the functions log
  --help     this text
`;

interface Row {
  readonly what: string;
  readonly outcome: string;
  readonly ms: number;
}

const rows: Row[] = [];

async function timed<T>(what: string, run: () => Promise<T>, outcomeOf: (value: T) => string): Promise<T> {
  const startedAt = performance.now();
  console.log(what);
  const value = await run();
  rows.push({ what, outcome: outcomeOf(value), ms: performance.now() - startedAt });
  return value;
}

function table(): string {
  const width = Math.max(...rows.map(({ what }) => what.length));
  return rows
    .map(
      ({ what, outcome, ms }) =>
        `  ✓ ${what.padEnd(width)}  ${`${Math.round(ms)} ms`.padStart(8)}  ${outcome}`,
    )
    .join('\n');
}

async function demo({ verbose }: { readonly verbose: boolean }): Promise<void> {
  const log = verbose ? (line: string) => console.error(line) : undefined;
  const { local, stop } = await timed(
    'Bundle, synthesize, start',
    () => startLocalWaybill({ log }),
    ({ local: { url, functions } }) =>
      `${Object.keys(functions).length} functions from the template at ${url}`,
  );
  const receiver = await startWebhookReceiver();
  try {
    for (const { title, run } of scenes(local, receiver, process.stdout))
      await timed(title, run, (outcome) => outcome);
  } finally {
    receiver.stop();
    await stop();
  }
}

const { values } = parseArgs({ options: { verbose: { type: 'boolean' }, help: { type: 'boolean' } } });
if (values.help) {
  console.log(HELP);
} else {
  try {
    await demo({ verbose: values.verbose ?? false });
    const seconds = rows.reduce((sum, { ms }) => sum + ms, 0) / 1000;
    console.log(`\nWhat happened, in ${seconds.toFixed(1)} s:\n${table()}`);
    console.log('\nNext: "npm start" keeps this cloud up for your own requests.');
  } catch (error) {
    console.error(`\n✗ ${error instanceof Error ? error.message : error}`);
    console.error(
      'Run "npm run demo -- --verbose" to see what the functions logged. After an update: "npm ci".',
    );
    process.exitCode = 1;
  }
}
