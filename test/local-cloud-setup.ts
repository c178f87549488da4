import { startLocalWaybill } from '../scripts/local-waybill.ts';
import { beginCapture, captureLine } from './captured-logs.ts';
import { LOCAL_WAYBILL_VARIABLE, running } from './local-cloud.ts';

/** One local cloud for all test files: each uses owners and inputs of its own, as the users of one deployment do. */
export default async function setup(): Promise<void> {
  beginCapture();
  running.waybill = await startLocalWaybill({ log: (line) => captureLine('local cloud', line) });
  process.env[LOCAL_WAYBILL_VARIABLE] = JSON.stringify(running.waybill.local);
}
