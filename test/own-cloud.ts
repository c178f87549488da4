import { relative } from 'node:path';
import {
  type LocalWaybillOptions,
  type RunningWaybill,
  startLocalWaybill,
} from '../scripts/local-waybill.ts';
import { captureLine, noteSignature } from './captured-logs.ts';
import { LOCAL_WAYBILL_VARIABLE } from './local-cloud.ts';

/**
 * A local cloud for the tests of one file alone, with settings that the shared one has not. From here on `api` and its like ask
 * this one: jest gives each test file an environment of its own. To be stopped after the tests.
 */
export async function useOwnCloud(
  settings: LocalWaybillOptions['settings'],
  { templates }: Pick<LocalWaybillOptions, 'templates'> = {},
): Promise<RunningWaybill> {
  const source = `cloud of ${relative(import.meta.dirname, expect.getState().testPath ?? '')}`;
  const running = await startLocalWaybill({
    settings,
    templates,
    // The shared ones are, before any test.
    isBundled: templates === undefined,
    log: (line) => captureLine(source, line),
  });
  for (const secret of running.cloud.everySecret()) noteSignature(secret);
  process.env[LOCAL_WAYBILL_VARIABLE] = JSON.stringify(running.local);
  return running;
}
