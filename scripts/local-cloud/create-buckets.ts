import { awsJsonCall } from './aws-json-call.ts';
import type { ResolvedTemplate } from './resolve-template.ts';
import type { CorsRule } from './s3-cors.ts';
import { EVENT_NAMES, type Notification, testMessage } from './s3-events.ts';
import type { Bucket } from './s3-store.ts';

interface BucketProperties {
  readonly CorsConfiguration?: { readonly CorsRules?: readonly CorsRule[] };
  readonly NotificationConfiguration?: {
    readonly QueueConfigurations?: readonly QueueConfiguration[];
    readonly [other: string]: unknown;
  };
}

interface QueueConfiguration {
  readonly Event: string;
  readonly Queue: string;
  readonly Filter?: { readonly S3Key: { readonly Rules: readonly { Name: string; Value: string }[] } };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Every bucket of the template by name. Each queue that is to get events gets S3's test event, as on AWS. */
export async function createBuckets(
  resolved: ResolvedTemplate,
  sqsEndpoint: string,
): Promise<ReadonlyMap<string, Bucket>> {
  const buckets = resolved.idsOf('AWS::S3::Bucket').map((logicalId) => createBucket(resolved, logicalId));
  const tests = buckets.flatMap(({ name, notifications }) =>
    notifications.map(({ queueUrl }) => ({
      QueueUrl: queueUrl,
      MessageBody: JSON.stringify(testMessage(name)),
    })),
  );
  await Promise.all(tests.map((test) => awsJsonCall(sqsEndpoint, 'AmazonSQS.SendMessage', test)));
  return new Map(buckets.map((bucket) => [bucket.name, bucket]));
}

function createBucket(resolved: ResolvedTemplate, logicalId: string): Bucket {
  const { ref: name } = resolved.identityOf(logicalId);
  if (!BUCKET_NAME.test(name)) throw new Error(`Bucket "${logicalId}": AWS refuses the name "${name}".`);
  const { CorsConfiguration, NotificationConfiguration = {} } =
    resolved.propertiesOf<BucketProperties>(logicalId);
  const { QueueConfigurations = [], ...others } = NotificationConfiguration;
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw new Error(`The local cloud doesn't know the notification "${other}" (of bucket "${logicalId}").`);
  }
  const notifications = QueueConfigurations.map((each, index) =>
    notificationOf(resolved, logicalId, each, `${logicalId}-${index}`),
  );
  refuseOverlaps(logicalId, notifications);
  return {
    name,
    cors: CorsConfiguration?.CorsRules ?? [],
    notifications,
    objects: new Map(),
    uploads: new Map(),
  };
}

function notificationOf(
  resolved: ResolvedTemplate,
  logicalId: string,
  { Event: event, Queue, Filter }: QueueConfiguration,
  id: string,
): Notification {
  const queueId = resolved
    .idsOf('AWS::SQS::Queue')
    .find((each) => resolved.identityOf(each).attributes.Arn === Queue);
  if (!queueId)
    throw new Error(`Bucket "${logicalId}" notifies ${Queue}, which is no queue of the template.`);
  const known = EVENT_NAMES.some((name) => event === name || event === `${name.split(':', 2).join(':')}:*`);
  if (!known)
    throw new Error(`The local cloud doesn't know the event "${event}" (of bucket "${logicalId}").`);
  const rules = Filter?.S3Key.Rules ?? [];
  const strange = rules.find(({ Name }) => !/^(prefix|suffix)$/i.test(Name));
  if (strange)
    throw new Error(`The local cloud doesn't know the filter "${strange.Name}" (of bucket "${logicalId}").`);
  const rule = (name: string): string => rules.find(({ Name }) => Name.toLowerCase() === name)?.Value ?? '';
  return {
    id,
    queueUrl: resolved.identityOf(queueId).ref,
    event,
    prefix: rule('prefix'),
    suffix: rule('suffix'),
  };
}

/** As AWS does: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html */
function refuseOverlaps(logicalId: string, notifications: readonly Notification[]): void {
  const either = (one: string, two: string, includes: (long: string, short: string) => boolean): boolean =>
    includes(one, two) || includes(two, one);
  const sameEvent = (one: string, two: string): boolean => one.startsWith(two.replace(/\*$/, ''));
  const overlap = notifications.some((one, index) =>
    notifications
      .slice(index + 1)
      .some(
        (two) =>
          either(one.event, two.event, sameEvent) &&
          either(one.prefix, two.prefix, (long, short) => long.startsWith(short)) &&
          either(one.suffix, two.suffix, (long, short) => long.endsWith(short)),
      ),
  );
  if (overlap) {
    throw new Error(
      `Bucket "${logicalId}": Configurations overlap. Configurations on the same bucket cannot share a common event ` +
        'type. AWS refuses them.',
    );
  }
}
