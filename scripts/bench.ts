import { Command } from 'commander';
import { copyMemory } from './bench/copy-memory.ts';

const program = new Command('npm run bench --').description('Measures what the documentation claims.');

program
  .command('memory')
  .description('the most memory that a worker has while a file passes through a step that copies it')
  .option('--megabytes <number>', 'size of the file', Number, 1024)
  .option('--limit <megabytes>', 'exit with 1 where it was more', Number, Number.POSITIVE_INFINITY)
  .action(async ({ megabytes, limit }: { readonly megabytes: number; readonly limit: number }) => {
    const { status, bytes, seconds, maxRssMb, maxRssMbBefore } = await copyMemory(megabytes);
    console.log(`${status}: ${bytes} bytes copied in ${seconds} s`);
    console.log(`maxRSS ${maxRssMb} MB; ${maxRssMbBefore} MB before the first byte`);
    if (status !== 'completed' || maxRssMb > limit) process.exitCode = 1;
  });

await program.parseAsync();
