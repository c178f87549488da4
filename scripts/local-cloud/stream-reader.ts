import { isDeepStrictEqual } from 'node:util';
import { awsJsonCall } from './aws-json-call.ts';
import type { StreamViewType, TableStream } from './create-tables.ts';
import { REGION } from './place.ts';

/** A record as a Lambda function gets it from a DynamoDB stream. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: string;
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly eventSourceARN: string;
  readonly userIdentity?: { readonly type: string; readonly principalId: string };
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly Keys: object;
    readonly NewImage?: object;
    readonly OldImage?: object;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: StreamViewType;
  };
}

export interface StreamReader {
  readonly shardId: string;
  /** The next records in order, at most `limit`; none if nothing has happened since. */
  read(limit: number): Promise<StreamRecord[]>;
}

export type StartingPosition = 'TRIM_HORIZON' | 'LATEST';

const call = <T>(endpoint: string, action: string, body: object): Promise<T> =>
  awsJsonCall<T>(endpoint, `DynamoDBStreams_20120810.${action}`, body);

export async function openStreamReader(
  endpoint: string,
  stream: TableStream,
  from: StartingPosition,
): Promise<StreamReader> {
  const StreamArn = stream.dynoxideArn;
  const { StreamDescription } = await call<{ StreamDescription: { Shards: { ShardId: string }[] } }>(
    endpoint,
    'DescribeStream',
    { StreamArn },
  );
  const shardId = StreamDescription.Shards[0]?.ShardId; // dynoxide has one shard per stream
  if (!shardId) throw new Error(`The stream ${stream.arn} has no shard.`);
  let { ShardIterator } = await call<{ ShardIterator: string }>(endpoint, 'GetShardIterator', {
    StreamArn,
    ShardId: shardId,
    ShardIteratorType: from,
  });
  return {
    shardId,
    async read(limit) {
      const { Records, NextShardIterator } = await call<{
        Records: StreamRecord[];
        NextShardIterator: string;
      }>(endpoint, 'GetRecords', { ShardIterator, Limit: Math.min(limit, 1000) });
      ShardIterator = NextShardIterator;
      return Records.filter(changedSomething).map((record) => asOnAws(record, stream));
    },
  };
}

/** A write that changes nothing gives no stream record on AWS; dynoxide writes one. */
const changedSomething = ({ dynamodb: { NewImage, OldImage } }: StreamRecord): boolean =>
  !isDeepStrictEqual(NewImage, OldImage);

function asOnAws(record: StreamRecord, stream: TableStream): StreamRecord {
  const { NewImage, OldImage, ...rest } = record.dynamodb;
  const keepsNew = stream.viewType === 'NEW_IMAGE' || stream.viewType === 'NEW_AND_OLD_IMAGES';
  const keepsOld = stream.viewType === 'OLD_IMAGE' || stream.viewType === 'NEW_AND_OLD_IMAGES';
  return {
    ...record,
    awsRegion: REGION,
    eventSourceARN: stream.arn,
    dynamodb: {
      ...rest,
      ...(keepsNew && NewImage && { NewImage }),
      ...(keepsOld && OldImage && { OldImage }),
      StreamViewType: stream.viewType,
    },
  };
}
