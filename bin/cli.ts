import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { awsReplayPorts } from './aws-replay-ports.ts';
import { CONSUMERS, type ReplayOptions, type ReplaySummary, replayFailures } from './replay-failures.ts';
import { type ReplayTarget, targetFromLocal, targetFromOutputs } from './replay-target.ts';

/** Some of the work failed; and: the command is wrong, or the cloud is not there. */
const EXIT = { failed: 1, wrong: 2 };

/** As `npm run waybill` sees it, whose folder is the checkout. */
const LOCAL_JSON = join('.waybill', 'local.json');

interface Place {
  readonly outputs?: string;
  readonly local?: boolean;
}

async function targetOf({ outputs, local = false }: Place): Promise<ReplayTarget> {
  const file = local ? LOCAL_JSON : outputs;
  if (file === undefined) throw new Error('Say where: --outputs <file> of a deployment, or --local.');
  const hint = local ? ' Does "npm start" run?' : '';
  try {
    const text = await readFile(file, 'utf8');
    return local ? targetFromLocal(text) : targetFromOutputs(text);
  } catch (error) {
    throw new Error(`${file} cannot be used.${hint} ${messageOf(error)}`);
  }
}

async function replay({ outputs, local, ...options }: Place & ReplayOptions): Promise<void> {
  const ports = awsReplayPorts(await targetOf({ outputs, local }));
  const summary = await replayFailures(options, { ...ports, report: (line) => console.log(line) });
  console.log(sentence(summary, options));
  if (summary.failed > 0) process.exitCode = EXIT.failed;
}

function sentence({ sent, failed, left }: ReplaySummary, { dryRun }: ReplayOptions): string {
  if (sent + failed + left === 0) return 'Nothing is put aside.';
  const done = dryRun ? `${sent} would be sent, nothing was changed` : `${sent} replayed`;
  return [
    done,
    ...(failed > 0 ? [`${failed} ${dryRun ? 'cannot be' : 'failed again and stay'}`] : []),
    ...(left > 0 ? [`${left} beyond the limit`] : []),
  ]
    .join(', ')
    .concat('.');
}

function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}

/** Node gives the errors of several addresses of one host as one, with an empty message. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}

const program = new Command('waybill')
  .description('Looks after a deployment of Waybill.')
  .usage('<command> [options], as "npm run waybill -- <command> [options]"')
  .exitOverride();

program
  .command('replay')
  .description(
    'Sends what consumers could not handle, below failures/ in the bucket, to them once more, oldest first, and deletes ' +
      'what has succeeded.',
  )
  .addOption(
    new Option('--outputs <file>', 'the outputs of the stack, as "cdk deploy --outputs-file" writes them'),
  )
  .addOption(new Option('--local', `the cloud of "npm start", by ${LOCAL_JSON}`).conflicts('outputs'))
  .addOption(new Option('--consumer <name>', 'only what this one could not handle').choices(CONSUMERS))
  .option('--limit <number>', 'the oldest so many', count)
  .option('--dry-run', 'show what would be sent, and change nothing')
  .addHelpText(
    'after',
    `
Examples:
  npm run waybill -- replay --local --dry-run
  npm run waybill -- replay --outputs outputs.json --consumer notify
  npm run waybill -- replay --outputs outputs.json --limit 1

Exit code: 0 all have succeeded, 1 some failed again, 2 the command is wrong or the cloud cannot be reached.`,
  )
  .action(replay);

try {
  await program.parseAsync();
} catch (error) {
  // Commander has said what is wrong, or shown the help that was asked for.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT.wrong;
  else {
    console.error(messageOf(error));
    process.exitCode = EXIT.wrong;
  }
}
