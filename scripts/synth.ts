import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..');

/** What the CLI of the CDK adds by itself: without it the template does not say where the bundles are. */
const CLI_CONTEXT = { 'aws:cdk:enable-asset-metadata': true, 'aws:cdk:enable-path-metadata': true };

/**
 * Runs the CDK app as `cdk synth` does, without the second or two that the CLI takes.
 * @param outdir where the cloud assembly goes
 * @param context added to that of cdk.json
 * @returns the path of the template
 * @throws Error with what the app printed
 */
export async function synthesize(
  outdir: string,
  context: Readonly<Record<string, unknown>>,
): Promise<string> {
  const cdkJson = JSON.parse(await readFile(join(ROOT, 'cdk.json'), 'utf8'));
  const env = {
    ...process.env,
    CDK_OUTDIR: outdir,
    CDK_CONTEXT_JSON: JSON.stringify({ ...cdkJson.context, ...CLI_CONTEXT, ...context }),
  };
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, 'bin/waybill.ts')], { cwd: ROOT, env });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`The CDK app could not be synthesized.\n${stderr || String(error)}`);
  }
  return join(outdir, 'Waybill.template.json');
}
