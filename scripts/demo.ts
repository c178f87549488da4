import { Command, InvalidArgumentError } from 'commander';
import { MAX_RECIPIENTS } from '../lib/domain/recipients.ts';
import { type DeliveryOptions, deliveryDemo } from './demo/delivery/delivery-demo.ts';
import { startTroubledReceiver, type TroubledReceiver } from './demo/delivery/troubled-receiver.ts';
import { humanReviewScene } from './demo/human-review.ts';
import { messageDeliveryScene } from './demo/message-delivery.ts';
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
const THINK_MS = 50;
const RECIPIENTS = 24;
/** With fewer, nobody would be refused. */
const FEWEST = 4;

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

/** The jobs that people know, one after the other. */
async function scenesDemo({ verbose }: { readonly verbose: boolean }): Promise<void> {
  const messages = await startTroubledReceiver(THINK_MS);
  try {
    await playScenes(messages, verbose);
  } finally {
    messages.stop();
  }
}

async function playScenes(messages: TroubledReceiver, verbose: boolean): Promise<void> {
  const log = verbose ? (line: string) => console.error(line) : undefined;
  const settings = { templateConfig: { 'message-delivery': { urls: messages.urls } } };
  const { local, stop } = await timed(
    'Bundle, synthesize, start',
    () => startLocalWaybill({ log, settings }),
    ({ local: { url, functions } }) =>
      `${Object.keys(functions).length} functions from the template at ${url}`,
  );
  const receiver = await startWebhookReceiver();
  process.once('SIGINT', () => void stop().finally(() => process.exit(130)));
  try {
    const stage: Stage = { local, receiver, messages, output: process.stdout };
    const scenes = [
      ...thumbnailScenes(stage),
      textStatisticsScene(stage),
      humanReviewScene(stage),
      messageDeliveryScene(stage),
    ];
    for (const { title, run } of scenes) await timed(title, run, (outcome) => outcome);
    const seconds = rows.reduce((sum, { ms }) => sum + ms, 0) / 1000;
    console.log(`\nWhat happened, in ${seconds.toFixed(1)} s:\n${table()}`);
    console.log(
      '\nNext: "npm run demo -- delivery" shows a message on its way to many recipients, and "npm start" keeps this cloud ' +
        'up for your own requests.',
    );
  } finally {
    receiver.stop();
    await stop();
  }
}

async function orSayWhy(demo: Promise<void>): Promise<void> {
  try {
    await demo;
  } catch (error) {
    console.error(`\n✗ ${error instanceof Error ? error.message : error}`);
    console.error('Run it with "--verbose" to see what the functions log. After an update: "npm ci".');
    process.exitCode = 1;
  }
}

function recipientCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < FEWEST || count > MAX_RECIPIENTS)
    throw new InvalidArgumentError(`It must be a number from ${FEWEST} to ${MAX_RECIPIENTS}.`);
  return count;
}

const program = new Command('npm run demo --')
  .enablePositionalOptions() // or those of "delivery" would be taken for its own
  .description(
    'Plays a job on a local cloud made from the CDK app: no account, no Docker, nothing leaves this machine.',
  )
  .option('--verbose', 'show what the functions log', false)
  .action((options: { verbose: boolean }) => orSayWhy(scenesDemo(options)));
program
  .command('delivery')
  .description('One message to many recipients, of which some are busy and some refuse it, as a live table.')
  .option('--recipients <number>', 'how many there are', recipientCount, RECIPIENTS)
  .option(
    '--hang',
    'let one receiver of two dozen not answer at first, for the 10 s that it is waited for',
    false,
  )
  .option('--verbose', 'show what the functions log', false)
  .action((options: DeliveryOptions) => orSayWhy(deliveryDemo(options)));
await program.parseAsync();
