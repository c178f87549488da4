import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { contextOption } from './context-option.ts';
import { type LocalWaybill, startLocalWaybill } from './local-waybill.ts';

const LOCAL_JSON = join(import.meta.dirname, '../.waybill/local.json');
const DEFAULT_PORT = 4100;

const PHASES = {
  bundle: 'Bundling the functions …',
  synthesize: 'Synthesizing the CDK app …',
  start: 'Starting the local cloud …',
};

interface StartOptions {
  readonly port: number;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly context: Readonly<Record<string, string>>;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('It must be a number from 0 to 65535.');
  return port;
}

async function start({ port, json, quiet, context }: StartOptions, stopped: Promise<void>): Promise<void> {
  const { local, stop } = await startLocalWaybill({
    port,
    settings: context,
    log: quiet ? undefined : showLine,
    onPhase: (phase) => json || console.log(PHASES[phase]),
  });
  try {
    await mkdir(join(LOCAL_JSON, '..'), { recursive: true });
    // It holds the secrets of this cloud: for nobody else's eyes.
    await writeFile(LOCAL_JSON, `${JSON.stringify(local, null, 2)}\n`, { mode: 0o600 });
    console.log(json ? JSON.stringify(local) : welcome(local));
    await stopped;
    if (!json) console.log('\nStopping …');
  } finally {
    await stop();
    await forget(local);
  }
}

/** Not the metrics: each poll of a status writes one, and nothing else would be seen. */
const showLine = (line: string): void => {
  if (!line.includes(': {"_aws":')) console.error(line);
};

/** Another cloud on another port may have written its own since. */
async function forget({ url }: LocalWaybill): Promise<void> {
  const written = await readFile(LOCAL_JSON, 'utf8').catch(() => '{}');
  if (JSON.parse(written).url === url) await rm(LOCAL_JSON);
}

const welcome = ({ url, token }: LocalWaybill): string => `
Waybill runs at ${url}

  export TOKEN=${token}

  curl -s ${url}/assemblies -H "authorization: Bearer $TOKEN" -H "content-type: application/json" -d '{"template_id":"text-statistics","fields":{"text":"One text. Two sentences."}}'
  curl -s ${url}/assemblies/ASSEMBLY_ID -H "authorization: Bearer $TOKEN"
  curl -s ${url}/webhook-secret -H "authorization: Bearer $TOKEN"

The API as a page, to send requests from: ${url}/docs
Everything a program needs is in ${relative(process.cwd(), LOCAL_JSON)}. Nothing is kept when it stops: Ctrl-C.
`;

new Command('npm start --')
  .description(
    'Runs Waybill on this machine until Ctrl-C: the template that cdk deploy would deploy, on a local cloud.',
  )
  .option('--port <number>', 'port of the HTTP API on 127.0.0.1; 0 for any free one', parsePort, DEFAULT_PORT)
  .option(
    '--json',
    'print what a program needs as one line of JSON (after "npm --silent start": nothing else)',
    false,
  )
  .option('--quiet', 'do not show what the functions log', false)
  .option(
    '-c, --context <name=value>',
    'a setting of docs/deploy.md, as cdk takes it; can be given more than once',
    contextOption,
    {},
  )
  .action(async (options: StartOptions) => {
    // Before anything is there to end: a Ctrl-C during the start is kept for when it is done.
    let interrupted = false;
    const stopped = new Promise<void>((resolve) => {
      const stop = (): void => {
        interrupted = true;
        resolve();
      };
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
    });
    try {
      await start(options, stopped);
    } catch (error) {
      process.exitCode = 1;
      if (interrupted) return; // a Ctrl-C reaches what was being run for the start as well
      console.error(`Waybill could not start. ${error instanceof Error ? error.message : error}`);
    }
  })
  .parse();
