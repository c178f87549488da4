import { join } from 'node:path';
import { Duration, Size, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENV, type EnvName, type FunctionName, functionId } from '../bindings.ts';

export interface WaybillFunctionProps {
  /** The folder with the bundles, a folder per function. */
  readonly bundles: string;
  /** Seconds; 10 for what answers a request. */
  readonly timeoutSeconds?: number;
  /** Megabytes; the CPU grows with them, and below 512 a cold start takes noticeably longer. */
  readonly memoryMb?: number;
  /** Megabytes of /tmp; Lambda gives 512 to 10,240. */
  readonly diskMb?: number;
}

/** A function of the stack: the bundle of lambdas/<name>/handler.ts, with what all of them share. */
export class WaybillFunction extends LambdaFunction {
  /** The role that no other function has. */
  readonly ownRole: Role;

  constructor(
    scope: Construct,
    name: FunctionName,
    { bundles, timeoutSeconds = 10, memoryMb = 512, diskMb = 512 }: WaybillFunctionProps,
  ) {
    const logGroup = new LogGroup(scope, `${functionId(name)}Logs`, { retention: RetentionDays.ONE_MONTH });
    // Not the role that CDK would make: AWS's own policy in it lets each function write every log of the account.
    const role = new Role(scope, `${functionId(name)}ServiceRole`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    super(scope, functionId(name), {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(join(bundles, name)),
      handler: 'handler.handler',
      timeout: Duration.seconds(timeoutSeconds),
      memorySize: memoryMb,
      ...(diskMb > 512 && { ephemeralStorageSize: Size.mebibytes(diskMb) }),
      logGroup,
      role,
    });
    this.ownRole = role;
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);
    Validations.of(this).acknowledge({
      id: 'Serverless-LambdaTracing',
      reason:
        'X-Ray bills each trace and needs rights on every resource. The id of the request or assembly in each log line ' +
        'leads from function to function.',
    });
  }

  /** Lets it do this to these, and no more: CDK's own grants often give more than is used. */
  allow(actions: readonly string[], ...resources: string[]): void {
    this.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources }));
  }

  /** Sets variables; constructs with something to grant call it themselves. */
  set(variables: Partial<Record<EnvName, string>>): void {
    for (const [name, value] of Object.entries(variables)) this.addEnvironment(ENV[name as EnvName], value);
  }
}
