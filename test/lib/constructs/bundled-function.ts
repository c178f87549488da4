import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import type { FunctionName } from '../../../lib/bindings.ts';
import { WaybillFunction } from '../../../lib/constructs/waybill-function.ts';

/** A function for a stack of a test, with a bundle that is never run. */
export function bundledFunction(stack: Stack, name: FunctionName): WaybillFunction {
  const bundles = mkdtempSync(join(tmpdir(), 'waybill-bundles-'));
  mkdirSync(join(bundles, name));
  writeFileSync(join(bundles, name, 'handler.mjs'), '');
  // The construct copies what it needs when it is made.
  const made = new WaybillFunction(stack, name, { bundles });
  rmSync(bundles, { recursive: true });
  return made;
}
