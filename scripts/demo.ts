import { Command } from 'commander';
import { humanReviewScene } from './demo/human-review.ts';
import type { Stage } from './demo/stage.ts';
import { textStatisticsScene } from './demo/text-statistics.ts';
import { thumbnailScenes } from './demo/thumbnails.ts';
import { startWebhookReceiver } from './demo/webhook-receiver.ts';
import { startLocalWaybill } from './local-waybill.ts';

interface Row {
  readonly what: string;
  readonly outcome: string;
  readonly ms: number;
}

const rows: Row[] = [];

async function timed<T>(what: string, run: () => Promise<T>, outcomeOf: (value: T) => string): Promise<T> {
  const startedAt = performance.now();
  console.log(`› ${what}`);
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
  process.once('SIGINT', () => void stop().finally(() => process.exit(130)));
  try {
    const stage: Stage = { local, receiver, output: process.stdout };
    const scenes = [...thumbnailScenes(stage), textStatisticsScene(stage), humanReviewScene(stage)];
    for (const { title, run } of scenes) await timed(title, run, (outcome) => outcome);
  } finally {
    receiver.stop();
    await stop();
  }
}

async function main({ verbose }: { readonly verbose: boolean }): Promise<void> {
  try {
    await demo({ verbose });
    const seconds = rows.reduce((sum, { ms }) => sum + ms, 0) / 1000;
    console.log(`\nWhat happened, in ${seconds.toFixed(1)} s:\n${table()}`);
    console.log('\nNext: "npm start" keeps this cloud up for your own requests.');
  } catch (error) {
    console.error(`\n✗ ${error instanceof Error ? error.message : error}`);
    console.error(
      'Run "npm run demo -- --verbose" to see what the functions log. After an update: "npm ci".',
    );
    process.exitCode = 1;
  }
}

await new Command('npm run demo --')
  .description(
    'Plays a job on a local cloud made from the CDK app: no account, no Docker, nothing leaves this machine.',
  )
  .option('--verbose', 'show what the functions log', false)
  .action(main)
  .parseAsync();
