import { decide, readStatements } from '../../../scripts/local-cloud/iam-policy.ts';

const ARN = 'arn:aws:s3:::bucket/a/b';

const verdict = (statements: object | object[], action = 's3:GetObject', resource = ARN) =>
  decide(readStatements({ Statement: statements }, 'Policy "P"'), { action, resource });

const allow = (Action: string | string[], Resource: string | string[] = '*') => ({
  Effect: 'Allow',
  Action,
  Resource,
});

test('what no statement is about is not allowed', () => {
  expect(verdict([])).toBe('unmentioned');
  expect(verdict(allow('s3:PutObject'))).toBe('unmentioned');
});

test('a deny wins, in whatever order', () => {
  const deny = { ...allow('s3:Get*', 'arn:aws:s3:::bucket/a/*'), Effect: 'Deny' };
  expect(verdict([allow('*'), deny])).toBe('denied');
  expect(verdict([deny, allow('*')])).toBe('denied');
  expect(verdict([deny, allow('*')], 's3:PutObject')).toBe('allowed');
});

test.each([
  ['*', true],
  ['s3:*', true],
  ['S3:getobject', true],
  ['s3:G?tO*', true],
  ['s3:GetObjectAcl', false],
  ['s3:Get', false],
])('the action %s covers s3:GetObject: %p', (action, covers) => {
  expect(verdict(allow(action))).toBe(covers ? 'allowed' : 'unmentioned');
  expect(verdict(allow(['sqs:SendMessage', action]))).toBe(covers ? 'allowed' : 'unmentioned');
});

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
test.each([
  ['*', true],
  [ARN, true],
  ['arn:aws:s3:::bucket/*', true],
  ['arn:aws:s3:::b?cket/a/?', true],
  ['arn:*:s3:*:*:bucket/a/b', true],
  ['arn:aws:s3:::Bucket/a/b', false],
  ['arn:aws:s3:::bucket', false],
  ['arn:aws:s3:::bucket/a', false],
  ['arn:aws:s3:::bucket.a.b', false],
])('the resource %s covers bucket/a/b: %p', (resource, covers) => {
  expect(verdict(allow('s3:GetObject', resource))).toBe(covers ? 'allowed' : 'unmentioned');
});

test('a wildcard goes across colons in the last part of an ARN only', () => {
  const group = 'arn:aws:logs:us-east-1:000000000000:log-group:G:log-stream:S';
  const onLogs = (resource: string) =>
    verdict(allow('logs:PutLogEvents', resource), 'logs:PutLogEvents', group);
  expect(onLogs('arn:aws:logs:us-east-1:000000000000:log-group:G:*')).toBe('allowed');
  expect(onLogs('arn:aws:logs:us-east-1:*:log-group:G:log-stream:S')).toBe('allowed');
  expect(onLogs('arn:aws:logs:*:G:log-stream:S:x')).toBe('unmentioned');
});

test.each([
  [
    { ...allow('s3:*'), Condition: {} },
    `Policy "P": the local cloud doesn't know "Condition" in a policy statement.`,
  ],
  [{ Effect: 'Allow', NotAction: 's3:*', Resource: '*' }, /doesn't know "NotAction"/],
  [{ Effect: 'Allow', Action: 's3:*', NotResource: '*' }, /doesn't know "NotResource"/],
  [{ ...allow('s3:*'), Principal: '*' }, /doesn't know "Principal"/],
  [{ ...allow('s3:*'), Effect: 'allow' }, /AWS refuses a statement with the Effect "allow"/],
  [allow('GetObject'), /AWS refuses the action "GetObject"/],
  [allow('s3:*', 'http://127.0.0.1/q'), /Resource http:\/\/127.0.0.1\/q must be in ARN format or "\*"/],
  [allow('s3:*', 'arn:aws:s3:::$' + '{aws:username}'), /Resource is "arn:aws:s3:::\$\{aws:username\}"/],
  [{ Effect: 'Allow', Action: 's3:*' }, /Resource is undefined/],
  [allow([]), /Action is \[\]/],
])('%j is an error', (statement, message) => {
  expect(() => verdict(statement)).toThrow(message);
});
