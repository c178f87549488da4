import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { FUNCTIONS } from '../../lib/bindings.ts';
import { settingsFromContext } from '../../lib/settings-from-context.ts';
import { WaybillStack } from '../../lib/waybill-stack.ts';

const CDK_JSON = join(import.meta.dirname, '../../cdk.json');

/**
 * The app of bin/waybill.ts with the settings of cdk.json and these.
 * @param folder an empty one: bundles are not looked at, so that empty folders stand for them, and the assembly goes there
 */
export async function nagApp(folder: string, settings: Readonly<Record<string, unknown>>): Promise<App> {
  const bundles = join(folder, 'bundles');
  for (const name of FUNCTIONS) await mkdir(join(bundles, name), { recursive: true });
  const { context } = JSON.parse(await readFile(CDK_JSON, 'utf8'));
  const quiet = { '@aws-cdk/core:annotationsInValidationReport': false };
  const app = new App({
    outdir: join(folder, 'cdk.out'),
    context: { ...context, ...quiet, bundles, ...settings },
  });
  new WaybillStack(app, 'Waybill', { settings: settingsFromContext(app.node) });
  return app;
}
