import { createWriteStream } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { chaosSettings } from './chaos/chaos-settings.ts';
import { describeCheck, report } from './chaos/report.ts';
import { runChaos } from './chaos/run-chaos.ts';
import { verdict } from './chaos/verdict.ts';

interface ChaosOptions {
  readonly jobs: number;
  readonly seed: number;
  /** Percent. */
  readonly faults: number;
  readonly json: boolean;
  readonly log?: string;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number >= 2 ** 31)
    throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return number;
}

async function chaos({ jobs, seed, faults, json, log }: ChaosOptions): Promise<void> {
  const file = log === undefined ? undefined : createWriteStream(log);
  const say = json ? () => {} : (line: string) => console.log(line);
  say(`${jobs} jobs under fire, ${faults} % of the AWS calls fail, seed ${seed}`);
  const run = await runChaos(chaosSettings({ jobs, seed, faultRate: faults / 100 }), {
    log: file && ((line) => file.write(`${new Date().toISOString()} ${line}\n`)),
    onProgress: say,
  });
  file?.end();
  const checks = verdict(run.facts);
  const holds = checks.every(({ breaches }) => breaches.length === 0);
  if (json) console.log(JSON.stringify({ seed, holds, report: Object.fromEntries(report(run)), checks }));
  say('');
  for (const [name, value] of report(run)) say(`${name.padEnd(20)} ${value}`);
  say('');
  for (const check of checks) say(describeCheck(check, run));
  say(holds ? '\nAll of it held.' : `\nNot all of it held. Seed ${seed}.`);
  if (!holds) process.exitCode = 1;
}

await new Command('npm run chaos --')
  .description(
    'Plays jobs on the local cloud while AWS calls fail, functions die, messages come twice and the receiver of webhooks ' +
      'is down, and checks that nothing is lost. Exits with 1 where something is.',
  )
  .option('--jobs <number>', 'how many; up to 200 are a short run', wholeNumber, 1_000)
  .option('--seed <number>', 'decides the jobs and the faults, as far as their order repeats', wholeNumber, 1)
  .option('--faults <percent>', 'of the AWS calls of functions', wholeNumber, 5)
  .option('--json', 'print one line of JSON and nothing else', false)
  .option('--log <file>', 'write there what the functions log')
  .action(chaos)
  .parseAsync();
