import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENV, type EnvName, type FunctionName, functionId } from '../bindings.ts';

/** Where scripts/build.ts puts the bundles, a folder per function. */
export const BUNDLES = join(import.meta.dirname, '../../.build/lambdas');

export interface WaybillFunctionProps {
  /** Seconds; 10 for what answers a request. */
  readonly timeoutSeconds?: number;
  /** Megabytes; the CPU grows with them, and below 512 a cold start takes noticeably longer. */
  readonly memoryMb?: number;
}

/** A function of the stack: the bundle of lambdas/<name>/handler.ts, with what all of them share. */
export class WaybillFunction extends LambdaFunction {
  constructor(
    scope: Construct,
    name: FunctionName,
    { timeoutSeconds = 10, memoryMb = 512 }: WaybillFunctionProps = {},
  ) {
    super(scope, functionId(name), {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(join(BUNDLES, name)),
      handler: 'handler.handler',
      timeout: Duration.seconds(timeoutSeconds),
      memorySize: memoryMb,
      logGroup: new LogGroup(scope, `${functionId(name)}Logs`, { retention: RetentionDays.ONE_MONTH }),
    });
  }

  /** Sets variables; constructs with something to grant call it themselves. */
  set(variables: Partial<Record<EnvName, string>>): void {
    for (const [name, value] of Object.entries(variables)) this.addEnvironment(ENV[name as EnvName], value);
  }
}
