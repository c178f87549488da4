interface Limited {
  readonly EventSourceArn: string;
  readonly BatchSize?: number;
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly MaximumRecordAgeInSeconds?: number;
  readonly MaximumRetryAttempts?: number;
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
}

/** Of `MaximumRecordAgeInSeconds` and `MaximumRetryAttempts`: no limit. */
const INFINITE = -1;

/**
 * What AWS refuses at deployment is refused at start:
 * https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 */
export function checkMappingLimits(logicalId: string, properties: Limited): void {
  const within = (name: string, value: number | undefined, min: number, max: number): void => {
    if (value !== undefined && (value < min || value > max))
      throw new Error(`"${logicalId}": AWS wants a ${name} from ${min} to ${max}, not ${value}.`);
  };
  const {
    EventSourceArn,
    BatchSize,
    MaximumBatchingWindowInSeconds: window = 0,
    MaximumRecordAgeInSeconds: age,
    MaximumRetryAttempts,
    ScalingConfig,
  } = properties;
  const isQueue = /:sqs:/.test(EventSourceArn);
  within('BatchSize', BatchSize, 1, EventSourceArn.endsWith('.fifo') ? 10 : 10_000);
  within('MaximumBatchingWindowInSeconds', window, 0, 300);
  within('MaximumConcurrency', ScalingConfig?.MaximumConcurrency, 2, 1000);
  within('MaximumRetryAttempts', MaximumRetryAttempts, INFINITE, 10_000);
  if (age !== INFINITE) within('MaximumRecordAgeInSeconds', age, 60, 604_800);
  if (isQueue && BatchSize !== undefined && BatchSize > 10 && window < 1)
    throw new Error(`"${logicalId}": AWS wants a batching window of at least 1 s for a batch size over 10.`);
}
