import { startLocalWaybill } from '../scripts/local-waybill.ts';
import { LOCAL_WAYBILL_VARIABLE, running } from './local-cloud.ts';

/** One local cloud for all test files: each uses owners and inputs of its own, as the users of one deployment do. */
export default async function setup(): Promise<void> {
  // Of the code that runs in the tests themselves: most of its errors are asked for.
  process.env.POWERTOOLS_LOG_LEVEL = 'SILENT';
  const waybill = await startLocalWaybill();
  running.stop = waybill.stop;
  process.env[LOCAL_WAYBILL_VARIABLE] = JSON.stringify(waybill.local);
}
