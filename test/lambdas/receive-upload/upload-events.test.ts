import { s3Notification, uploadsOf } from '../../../lambdas/receive-upload/upload-events.ts';

const ID = 'a0'.repeat(32);
const OTHER_ID = 'b0'.repeat(32);
const MD5 = '5d41402abc4b2a76b9719d911017c592';

// The example of https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html, with our key.
const awsRecord = (key: string): object => ({
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  awsRegion: 'us-west-2',
  eventTime: '1970-01-01T00:00:00.000Z',
  eventName: 'ObjectCreated:Put',
  userIdentity: { principalId: 'AIDAJDPLRKLG7UEXAMPLE' },
  requestParameters: { sourceIPAddress: '127.0.0.1' },
  responseElements: {
    'x-amz-request-id': 'C3D13FE58DE4C810',
    'x-amz-id-2': 'FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD',
  },
  s3: {
    s3SchemaVersion: '1.0',
    configurationId: 'testConfigRule',
    bucket: {
      name: 'amzn-s3-demo-bucket',
      ownerIdentity: { principalId: 'A3NL1KOZZKExample' },
      arn: 'arn:aws:s3:::amzn-s3-demo-bucket',
    },
    object: {
      key,
      size: 1024,
      eTag: 'd41d8cd98f00b204e9800998ecf8427e',
      versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko',
      sequencer: '0055AED6DCD90281E5',
    },
  },
});
const uploads = (...keys: readonly string[]) =>
  uploadsOf(s3Notification.parse({ Records: keys.map(awsRecord) }));

test('the notification of S3 names an upload', () => {
  expect(uploads(`uploads/${ID}/${MD5}`)).toEqual(new Map([[ID, [MD5]]]));
});

test('several records are sorted by assembly', () => {
  expect(uploads(`uploads/${ID}/${MD5}`, `uploads/${OTHER_ID}/${MD5}-3`, `uploads/${ID}/${MD5}-2`)).toEqual(
    new Map([
      [ID, [MD5, `${MD5}-2`]],
      [OTHER_ID, [`${MD5}-3`]],
    ]),
  );
});

test('the test event that S3 sends when a notification is set up names none', () => {
  const event = {
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: '2014-10-13T15:57:02.089Z',
    Bucket: 'amzn-s3-demo-bucket',
    RequestId: '5582815E1AEA5ADF',
    HostId: '8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE',
  };
  expect(uploadsOf(s3Notification.parse(event))).toEqual(new Map());
});

test('keys are read as a form encodes them', () => {
  expect(uploads(`uploads%2F${ID}%2F${MD5}`)).toEqual(new Map([[ID, [MD5]]]));
  expect(uploads(`%75ploads/${ID}/${MD5}%2D2`)).toEqual(new Map([[ID, [`${MD5}-2`]]]));
});

test.each([
  ['of fields', `fields/${ID}/${MD5}`],
  ['of a result', `results/${ID}/1-1`],
  ['with a blank', `uploads/${ID}/${MD5}+`],
  ['with a blank in percent', `uploads/${ID}/${MD5}%20`],
  ['encoded twice', `uploads%252F${ID}%252F${MD5}`],
  ['that somebody put there by hand', 'uploads/red+flower%2C+in+a+vase.jpg'],
])('a key %s is left out, and the others count', (_, key) => {
  expect(uploads(key, `uploads/${ID}/${MD5}`)).toEqual(new Map([[ID, [MD5]]]));
});

test.each([
  ['no notification', 'hello'],
  ['nothing', null],
  ['a record without a key', { Records: [{ eventName: 'ObjectCreated:Put', s3: { object: {} } }] }],
  ['a record without an object', { Records: [{ eventName: 'ObjectCreated:Put' }] }],
  ['records that are no list', { Records: {} }],
])('%s is refused', (_, message) => {
  expect(s3Notification.safeParse(message).success).toBe(false);
});
