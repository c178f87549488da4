import { Command } from 'commander';
import { copyMemory } from './bench/copy-memory.ts';
import { csvMemory } from './bench/csv-memory.ts';
import { runAll } from './bench/run-all.ts';
import type { FileReport } from './bench/run-file-job.ts';
import { COLD, END_TO_END, FAN_OUT, GROWTH, LIFE, LIST, POSITION, type Run, WARM } from './bench/runs.ts';
import { writePages } from './bench/write-pages.ts';

const JSON_OPTION = ['--json', 'print the figures as JSON and nothing else', false] as const;

const program = new Command('npm run bench --').description('Measures what the documentation claims.');

program
  .command('all', { isDefault: true })
  .description('everything, in about fifteen minutes')
  .option(...JSON_OPTION)
  .option('--write', 'write docs/performance.md and docs/costs.md', false)
  .action(async ({ json, write }: { readonly json: boolean; readonly write: boolean }) => {
    const figures = await runAll((text) => json || console.log(text));
    if (json) console.log(JSON.stringify(figures, undefined, 2));
    if (write) await writePages(figures);
  });

function commandOf<Figures>({ name, description, measure, show }: Run<Figures>): Command {
  return program
    .command(name)
    .description(description)
    .option(...JSON_OPTION)
    .action(async ({ json, ...options }: { readonly json: boolean; readonly full?: boolean }) => {
      const figures = await measure(options);
      console.log(json ? JSON.stringify(figures, undefined, 2) : show(figures));
    });
}

commandOf(WARM);
commandOf(COLD);
commandOf(LIFE);
commandOf(GROWTH).option('--full', 'to a million jobs: many minutes', false);
commandOf(LIST).option('--full', 'to a million jobs: many minutes', false);
commandOf(FAN_OUT).option('--full', 'to ten thousand recipients: some minutes', false);
commandOf(POSITION);
commandOf(END_TO_END);

program
  .command('memory')
  .description(
    'the most memory that a worker has: while a file passes through a step that copies it, and while it validates rows of CSV',
  )
  .option('--megabytes <number>', 'size of the file that is copied', Number, 1024)
  .option('--rows <number>', 'rows of the CSV file', Number, 1_000_000)
  .option('--limit <megabytes>', 'exit with 1 where it was more', Number, Number.POSITIVE_INFINITY)
  .action(async ({ megabytes, rows, limit }: Readonly<Record<'megabytes' | 'rows' | 'limit', number>>) => {
    const report = (what: string, { status, seconds, maxRssMb, maxRssMbBefore }: FileReport): void => {
      console.log(`${status}: ${what} in ${seconds} s`);
      console.log(`maxRSS ${maxRssMb} MB; ${maxRssMbBefore} MB before the first byte`);
      if (status !== 'completed' || maxRssMb > limit) process.exitCode = 1;
    };
    const copied = await copyMemory(megabytes);
    report(`${copied.bytes} bytes copied`, copied);
    const validated = await csvMemory(rows);
    report(`${rows} rows validated`, validated);
  });

const [word = 'all'] = process.argv.slice(2);
const words = [...program.commands.map((command) => command.name()), 'help'];
// Commander would hand an unknown word to the default command, which then says that it takes none.
if (!word.startsWith('-') && !words.includes(word))
  program.error(`error: unknown command '${word}'; there are ${words.join(', ')}`);
await program.parseAsync();
