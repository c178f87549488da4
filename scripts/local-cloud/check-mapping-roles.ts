import { decide } from './iam-policy.ts';
import type { Role } from './iam-roles.ts';
import type { ResolvedTemplate } from './resolve-template.ts';

interface Mapping {
  readonly EventSourceArn: string;
  readonly FunctionName: string;
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination: string } };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions */
const QUEUE_ACTIONS = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'];
/** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html */
const STREAM_ACTIONS = ['GetRecords', 'GetShardIterator', 'DescribeStream', 'ListStreams'];

/**
 * Lambda polls with the function's role, and refuses a mapping whose role may not: the sentences are its own.
 * https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
 */
export function checkMappingRoles(resolved: ResolvedTemplate, roles: ReadonlyMap<string, Role>): void {
  for (const logicalId of resolved.idsOf('AWS::Lambda::EventSourceMapping')) {
    const mapping = resolved.propertiesOf<Mapping>(logicalId);
    const [, functionName = ''] = /(?:^|:function:)([^:]+)/.exec(mapping.FunctionName) ?? [];
    const role = roles.get(functionName);
    const sentence = role && refusal(mapping, role);
    if (sentence) throw new Error(`${sentence} (event source mapping "${logicalId}", role ${role.name})`);
  }
}

function refusal({ EventSourceArn: source, DestinationConfig }: Mapping, role: Role): string | undefined {
  const may = (action: string, resource: string): boolean =>
    decide(role.statements, { action, resource }) === 'allowed';
  const onSqs = (action: string): string =>
    `The provided execution role does not have permissions to call ${action} on SQS`;
  if (/:sqs:/.test(source)) {
    const missing = QUEUE_ACTIONS.find((action) => !may(`sqs:${action}`, source));
    if (missing) return onSqs(missing);
  } else if (!STREAM_ACTIONS.every((action) => may(`dynamodb:${action}`, source))) {
    return (
      `Cannot access stream ${source}. Please ensure the role can perform the GetRecords, GetShardIterator, ` +
      'DescribeStream, and ListStreams Actions on your stream in IAM.'
    );
  }
  const destination = DestinationConfig?.OnFailure?.Destination;
  const toQueue = destination !== undefined && /:sqs:/.test(destination);
  return toQueue && !may('sqs:SendMessage', destination) ? onSqs('SendMessage') : undefined;
}
