import { targetFromLocal, targetFromOutputs } from '../../bin/replay-target.ts';

const OUTPUTS = {
  FilesBucketName: 'waybill-files',
  EnqueueFunctionName: 'Waybill-Enqueue',
  NotifyFunctionName: 'Waybill-Notify',
};

test.each([
  ['cdk deploy --outputs-file', { Other: { Url: 'x' }, Waybill: OUTPUTS }],
  [
    'describe-stacks',
    Object.entries(OUTPUTS).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue, Description: 'x' })),
  ],
])('finds the deployment in what %s writes', (_, content) => {
  const target = targetFromOutputs(JSON.stringify(content));
  expect(target).toMatchObject({ bucket: 'waybill-files', s3: {}, lambda: {} });
  expect([target.functionOf('enqueue'), target.functionOf('bury')]).toEqual(['Waybill-Enqueue', undefined]);
});

test.each([{}, [], { Waybill: { Url: 'x' } }, { name: 'package', private: true }, null])(
  'says what is missing in %j',
  (content) => {
    expect(() => targetFromOutputs(JSON.stringify(content))).toThrow(
      'It has no stack with the output FilesBucketName.',
    );
  },
);

test('finds the local cloud', () => {
  const target = targetFromLocal(
    JSON.stringify({
      lambda_endpoint: 'http://127.0.0.1:1',
      s3_endpoint: 'http://127.0.0.1:2',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      functions: { notify: 'Waybill-Notify' },
      buckets: { files: 'files' },
      more: true,
    }),
  );
  expect(target).toMatchObject({
    bucket: 'files',
    s3: { endpoint: 'http://127.0.0.1:2', forcePathStyle: true },
    lambda: { endpoint: 'http://127.0.0.1:1' },
  });
  expect(target.functionOf('notify')).toBe('Waybill-Notify');
  expect(() => targetFromLocal('{}')).toThrow('It is not what "npm start" writes.');
});
