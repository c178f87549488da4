import { awsJsonCall } from './aws-json-call.ts';
import { checkMappingLimits } from './check-mapping-limits.ts';
import { findFunction, type ServiceEndpoints } from './create-functions.ts';
import type { TableStream } from './create-tables.ts';
import { discardedBatchMessage } from './discarded-batch-message.ts';
import { eventFilter, type FilterCriteria } from './event-filter.ts';
import type { LambdaFunction } from './lambda-function.ts';
import { type Duplicates, type QueueMapping, runQueueMapping } from './queue-mapping.ts';
import type { ResolvedTemplate } from './resolve-template.ts';
import { runStreamMapping, type StreamMapping } from './stream-mapping.ts';
import { openStreamReader, type StartingPosition } from './stream-reader.ts';

interface MappingProperties {
  readonly FunctionName: string;
  readonly EventSourceArn: string;
  readonly BatchSize?: number;
  readonly BisectBatchOnFunctionError?: boolean;
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination: string } };
  readonly Enabled?: boolean;
  readonly FilterCriteria?: FilterCriteria;
  readonly FunctionResponseTypes?: readonly string[];
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly MaximumRecordAgeInSeconds?: number;
  readonly MaximumRetryAttempts?: number;
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
  readonly StartingPosition?: StartingPosition;
}

export interface MappingContext {
  readonly resolved: ResolvedTemplate;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly streams: readonly TableStream[];
  readonly endpoints: ServiceEndpoints;
  readonly stopping: AbortSignal;
  readonly duplicates: Duplicates | undefined;
  readonly log: (line: string) => void;
}

interface MappingCommon {
  readonly logicalId: string;
  readonly properties: MappingProperties;
  readonly target: LambdaFunction;
}

/** AWS starts with five batches at once: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const DEFAULT_POLLERS = 5;

/**
 * Starts every enabled event source mapping of the template.
 * @returns one promise per mapping, which ends some time after `stopping`
 */
export async function startMappings(context: MappingContext): Promise<Promise<void>[]> {
  const ids = context.resolved.idsOf('AWS::Lambda::EventSourceMapping');
  const starts = ids.map(async (logicalId) => {
    const properties = context.resolved.propertiesOf<MappingProperties>(logicalId);
    checkMappingLimits(logicalId, properties);
    const target = findFunction(context.functions, properties.FunctionName);
    if (!target) throw new Error(`Event source mapping "${logicalId}" has no function in the template.`);
    const common = { logicalId, properties, target };
    if (/:sqs:/.test(properties.EventSourceArn)) {
      const mapping = queueMapping(context, common);
      return () => runQueueMapping(mapping);
    }
    const mapping = await streamMapping(context, common);
    return () => runStreamMapping(mapping);
  });
  const runs = await Promise.all(starts);
  const enabled = runs.filter(
    (_run, index) => context.resolved.propertiesOf<MappingProperties>(ids[index] ?? '').Enabled !== false,
  );
  return enabled.map((run) => run());
}

function queueMapping(
  context: MappingContext,
  { logicalId, properties, target }: MappingCommon,
): QueueMapping {
  const { resolved, endpoints } = context;
  const queueId = resolved
    .idsOf('AWS::SQS::Queue')
    .find((id) => resolved.identityOf(id).attributes.Arn === properties.EventSourceArn);
  if (!queueId) throw unknownSource(logicalId, properties);
  if (properties.DestinationConfig?.OnFailure) throw unsupported(logicalId, 'DestinationConfig', 'a queue');
  checkVisibility(resolved, queueId, target);
  const { BatchSize: batchSize = 10 } = properties;
  return {
    queueArn: properties.EventSourceArn,
    queueUrl: resolved.identityOf(queueId).ref,
    sqsEndpoint: endpoints.sqs,
    duplicates: context.duplicates,
    pollers: properties.ScalingConfig?.MaximumConcurrency ?? DEFAULT_POLLERS,
    batchSize,
    ...shared(context, { logicalId, properties, target }),
  };
}

/** AWS refuses such a mapping: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
function checkVisibility(resolved: ResolvedTemplate, queueId: string, target: LambdaFunction): void {
  const { VisibilityTimeout } = resolved.propertiesOf<{ VisibilityTimeout?: number }>(queueId);
  const seconds = Number(VisibilityTimeout ?? 30);
  if (seconds * 1000 < target.timeoutMs) {
    throw new Error(
      `Queue visibility timeout: ${seconds} seconds is less than Function timeout: ${target.timeoutMs / 1000} ` +
        `seconds (queue "${queueId}", function ${target.name}). AWS refuses this mapping.`,
    );
  }
}

async function streamMapping(context: MappingContext, common: MappingCommon): Promise<StreamMapping> {
  const { logicalId, properties, target } = common;
  const stream = context.streams.find(({ arn }) => arn === properties.EventSourceArn);
  if (!stream) throw unknownSource(logicalId, properties);
  const {
    StartingPosition: from,
    MaximumRetryAttempts: retries = -1,
    MaximumRecordAgeInSeconds: age = -1,
  } = properties;
  if (from !== 'TRIM_HORIZON' && from !== 'LATEST') throw unsupported(logicalId, 'StartingPosition', from);
  if (properties.ScalingConfig) throw unsupported(logicalId, 'ScalingConfig', 'a stream');
  const reader = await openStreamReader(context.endpoints.dynamodb, stream, from);
  const sendDiscarded = discardDestination(context, common);
  return {
    reader,
    batchSize: properties.BatchSize ?? 100,
    // -1, the default of both: no limit.
    maximumRetries: retries < 0 ? Number.POSITIVE_INFINITY : retries,
    maximumAgeSeconds: age < 0 ? Number.POSITIVE_INFINITY : age,
    bisects: properties.BisectBatchOnFunctionError ?? false,
    onDiscard: async (batch) => {
      const { name, arn } = target;
      context.log(`local cloud: ${name}: gave up ${batch.records.length} stream record(s)`);
      await sendDiscarded?.(discardedBatchMessage(batch, arn, reader.shardId));
    },
    ...shared(context, common),
  };
}

function discardDestination(
  { resolved, endpoints }: MappingContext,
  { logicalId, properties }: MappingCommon,
): ((message: object) => Promise<void>) | undefined {
  const destination = properties.DestinationConfig?.OnFailure?.Destination;
  if (destination === undefined) return undefined;
  const queueId = resolved
    .idsOf('AWS::SQS::Queue')
    .find((id) => resolved.identityOf(id).attributes.Arn === destination);
  if (!queueId) throw unsupported(logicalId, 'DestinationConfig.OnFailure', destination);
  const QueueUrl = resolved.identityOf(queueId).ref;
  return async (message) => {
    await awsJsonCall(endpoints.sqs, 'AmazonSQS.SendMessage', {
      QueueUrl,
      MessageBody: JSON.stringify(message),
    });
  };
}

function shared({ stopping, log }: MappingContext, { logicalId, properties, target }: MappingCommon) {
  const { FunctionResponseTypes: types = [], MaximumBatchingWindowInSeconds: window = 0 } = properties;
  const strange = types.find((type) => type !== 'ReportBatchItemFailures');
  if (strange) throw unsupported(logicalId, 'FunctionResponseTypes', strange);
  return {
    target,
    batchingWindowMs: window * 1000,
    reportsFailures: types.length > 0,
    matches: eventFilter(properties.FilterCriteria),
    stopping,
    log,
  };
}

const unknownSource = (logicalId: string, { EventSourceArn }: MappingProperties): Error =>
  new Error(`Event source mapping "${logicalId}": ${EventSourceArn} is no queue or stream of the template.`);

const unsupported = (logicalId: string, property: string, value: unknown): Error =>
  new Error(`Event source mapping "${logicalId}": the local cloud doesn't know ${property} for ${value}.`);
