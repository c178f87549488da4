/** A record of the stream, before it has its number in it. */
export interface Written {
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly before?: unknown;
  readonly after?: unknown;
}

/** As Lambda gets it from DynamoDB. */
export const streamRecord = (SequenceNumber: string, { eventName, before, after }: Written): object => ({
  eventID: `event-${SequenceNumber}`,
  eventName,
  eventVersion: '1.1',
  eventSource: 'aws:dynamodb',
  awsRegion: 'us-east-1',
  eventSourceARN: 'arn:aws:dynamodb:us-east-1:000000000000:table/jobs/stream/x',
  dynamodb: {
    ApproximateCreationDateTime: 1,
    Keys: { assembly_id: { S: 'x' } },
    ...(after !== undefined && { NewImage: after }),
    ...(before !== undefined && { OldImage: before }),
    SequenceNumber,
    SizeBytes: 1,
    StreamViewType: 'NEW_AND_OLD_IMAGES',
  },
});
