import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { captureLine, noteSignature } from '../../captured-logs.ts';

const ROOT = join(import.meta.dirname, '../../..');
const MAIN = join(ROOT, 'scripts/local-cloud/main.ts');
export const FIXTURE = join(import.meta.dirname, 'fixture/Fixture.template.json');

/** The JSON line that main.ts prints, and the child process itself. */
export interface ChildCloud {
  readonly url: string;
  readonly endpoints: Record<'dynamodb' | 'lambda' | 's3' | 'secretsManager' | 'sqs', string>;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly buckets: Record<string, string>;
  readonly functions: Record<string, string>;
  readonly tables: Record<string, string>;
  readonly queues: Record<string, string>;
  readonly outputs: Record<string, string>;
  readonly secrets: Record<string, string>;
  readonly child: ChildProcess;
  /** Every line of the functions' output so far, `Fixture-Name: line`. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

/** What a function printed: each batch that it was handed, as its records. */
export function batchesOf<Item>({ lines }: Pick<ChildCloud, 'lines'>, functionName: string): Item[][] {
  const start = `${functionName}: {"batch":`;
  return lines
    .filter((line) => line.startsWith(start))
    .map((line) => (JSON.parse(line.slice(functionName.length + 2)) as { batch: Item[] }).batch);
}

/** The local cloud as a process of its own, so that jest's module sandbox is not in the way. */
export async function startChildCloud(
  template = FIXTURE,
  env: Record<string, string> = {},
  args: readonly string[] = [],
): Promise<ChildCloud> {
  const { child, lines, output } = spawnMain(['--template', template, '--verbose', ...args], env);
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const description = await Promise.race([
    eventually(() => output().split('\n').length > 1 && (JSON.parse(output()) as ChildCloud)),
    exit.then((code) => Promise.reject(new Error(`main.ts ended with ${code}: ${lines.join('\n')}`))),
  ]);
  for (const secret of Object.values(description.secrets)) noteSignature(secret);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exit;
  };
  return { ...description, child, lines, stop };
}

/** Starts main.ts, which must refuse: gives what it says on stderr. */
export async function refusalOf(args: readonly string[]): Promise<string> {
  const { child, lines } = spawnMain(args, {});
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code === 0) throw new Error('main.ts did not refuse');
  return lines.join('\n');
}

function spawnMain(
  args: readonly string[],
  env: Record<string, string>,
): { child: ChildProcess; lines: string[]; output: () => string } {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: ROOT, env: { ...process.env, ...env } });
  const lines: string[] = [];
  let output = '';
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const all = (rest + text).split('\n');
    rest = all.pop() ?? '';
    lines.push(...all);
    for (const line of all) captureLine(`child cloud ${args.join(' ')}`, line);
  });
  return { child, lines, output: () => output };
}

/** Asks again until the answer is neither undefined nor false (nor a failed expectation), for 10 s at most. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  limitMs = 10_000,
): Promise<Exclude<T, false | undefined>> {
  let failure: unknown = new Error('never answered');
  for (const deadline = Date.now() + limitMs; Date.now() < deadline; await wait(10)) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer as Exclude<T, false | undefined>;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

type TemplateFile = { Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }> };

/** Writes a fixture template, changed, into a folder of its own, and hands it to `use`. */
export async function withChangedTemplate<T>(
  change: (template: TemplateFile) => void,
  use: (file: string) => Promise<T>,
  fixture = FIXTURE,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-template-'));
  try {
    const template = JSON.parse(readFileSync(fixture, 'utf8')) as TemplateFile;
    change(template);
    const file = join(folder, 'Changed.template.json');
    writeFileSync(file, JSON.stringify(template));
    return await use(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The changed template lies elsewhere, so its functions' assets need absolute paths. */
export function useFixtureAssets(
  resources: Record<string, { Type: string; Metadata?: Record<string, unknown> }>,
): void {
  for (const resource of Object.values(resources)) {
    const asset = resource.Metadata?.['aws:asset:path'];
    if (resource.Metadata && asset) {
      resource.Metadata['aws:asset:path'] = FIXTURE.replace('Fixture.template.json', String(asset));
    }
  }
}

/** What every client of the real SDK needs; the key is the developer's, who may do everything. */
export const clientOptions = (
  { endpoints, credentials }: Pick<ChildCloud, 'endpoints' | 'credentials'>,
  service: keyof ChildCloud['endpoints'],
) => ({ endpoint: endpoints[service], region: 'us-east-1', credentials });

/** One behaviour, with the AWS page that states it. */
export function behaviour(statement: string, page: string, check: () => Promise<void>): void {
  test(`${statement} (${page})`, check);
}
