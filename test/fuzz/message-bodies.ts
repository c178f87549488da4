import * as fc from 'fast-check';
import { mutated } from './odd-json.ts';

/** What no consumer of ours can take for a message. */
const NO_MESSAGES = [
  ...['', ' ', '{', 'null', '1', '"text"', '[]', '{}', 'true', '\ufeff{}', '{"Records":1}', 'NaN', '<xml/>'],
  ...[
    `${'['.repeat(3_000)}`,
    `{"a":"${'x'.repeat(200_000)}"}`,
    '{"__proto__":{"assembly_id":"a"}}',
    '\u0000',
  ],
];

/** Of no type that a member of a message has. */
const WRONG: readonly unknown[] = [undefined, null, true, [], {}, [1], { a: 1 }];

/** A body that is surely none: no JSON, another form, or one member gone or of a wrong type. */
export const badBody = <T extends object>(message: T): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...NO_MESSAGES),
    fc
      .tuple(fc.constantFrom(...Object.keys(message)), fc.constantFrom(...WRONG))
      .map(([key, value]) => JSON.stringify({ ...message, [key]: value })),
  );

/** A body with something changed: right or wrong, nobody can say. */
export const oddBody = (message: object): fc.Arbitrary<string> =>
  mutated(fc.constant(message)).map((value) => JSON.stringify(value) ?? '');

/** As it is, or with members that a later release may add. */
export const goodBody = (message: object): fc.Arbitrary<string> =>
  fc
    .constantFrom(message, { ...message, since: 'a later release', more: { a: [1] } })
    .map((value) => JSON.stringify(value));

/** A record as Lambda gets it from SQS. */
export const queueRecord = (messageId: string, body: string): object => ({
  messageId,
  receiptHandle: 'receipt',
  body,
  attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1', SenderId: 'x' },
  messageAttributes: {},
  md5OfBody: '0'.repeat(32),
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:queue',
  awsRegion: 'us-east-1',
});
