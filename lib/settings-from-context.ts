import type { Node } from 'constructs';
import { type WaybillSettings, waybillSettings } from './settings.ts';

/** Keys that the CLI of the CDK keeps in the context, and that do not look like its others. */
const CLI_KEYS = ['acknowledged-issue-numbers', 'cli-telemetry'];
/** How many letters a name may be away from a setting's, and still be taken for it. */
const TYPOS = 3;

/**
 * The settings as the CDK context has them, of cdk.json or of `cdk -c name=value`.
 * @throws Error with a sentence per setting that is missing, wrong or unknown
 */
export function settingsFromContext(node: Node): WaybillSettings {
  const names = Object.keys(waybillSettings.shape);
  const context: Record<string, unknown> = node.getAllContext();
  const given = names.map((name) => [name, context[name]]).filter(([, value]) => value !== undefined);
  const parsed = waybillSettings.safeParse(Object.fromEntries(given));
  const unknown = Object.keys(context)
    .filter((key) => !names.includes(key) && !belongsToCdk(key))
    .map((key) => `${key}: there is no such setting${suggestion(key, names)}`);
  const wrong = parsed.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  if (parsed.success && unknown.length === 0) return parsed.data;
  throw new Error(`Waybill's settings are not right.\n${[...unknown, ...wrong].join('\n')}`);
}

/** Feature flags, switches of the CLI and what `cdk synth` has looked up have a colon or an at sign in their keys. */
const belongsToCdk = (key: string): boolean => /[:@]/.test(key) || CLI_KEYS.includes(key);

function suggestion(key: string, names: readonly string[]): string {
  const distances = names.map((name) => ({ name, distance: distance(bare(key), bare(name)) }));
  const nearest = distances.reduce((best, each) => (each.distance < best.distance ? each : best));
  return nearest.distance <= Math.min(TYPOS, nearest.name.length / 3)
    ? `; did you mean ${nearest.name}?`
    : ', see docs/deploy.md';
}

/** `worker-memory-mb` and `workerMemoryMB` are the same name to whoever types them. */
const bare = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, '');

/** How many letters have to be put in, taken out or changed (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
