import { FUNCTIONS } from '../../lib/bindings.ts';
import type { RunningWaybill } from '../local-waybill.ts';
import type { DeployedFunctions } from './billed-life.ts';

/** The folder of each function and its memory, by its name in the deployment. */
export function deployedFunctions({ local, cloud }: RunningWaybill): DeployedFunctions {
  const names = new Map(FUNCTIONS.map((name) => [local.functions[name], name]));
  return {
    nameOf: (deployed) => names.get(deployed),
    memoryMb: (deployed) => Number(cloud.environmentOf(deployed).AWS_LAMBDA_FUNCTION_MEMORY_SIZE),
  };
}
