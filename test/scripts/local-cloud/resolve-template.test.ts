import { resolveTemplate } from '../../../scripts/local-cloud/resolve-template.ts';
import type { Template, TemplateResource } from '../../../scripts/local-cloud/template.ts';

const QUEUES = 'http://127.0.0.1:9324';

const TABLE: TemplateResource = { Type: 'AWS::DynamoDB::Table' };
const NAMED_QUEUE: TemplateResource = {
  Type: 'AWS::SQS::Queue',
  Properties: { QueueName: { 'Fn::Join': ['-', [{ Ref: 'AWS::StackName' }, 'jobs']] } },
};

/** Resolves one value, as a variable of a function beside a table and a queue. */
function resolve(value: unknown, rest: Partial<Template> = {}): unknown {
  const resources: Template['resources'] = {
    Reader: { Type: 'AWS::Lambda::Function', Properties: { Environment: { Variables: { X: value } } } },
    Items: TABLE,
    Jobs: NAMED_QUEUE,
    ...rest.resources,
  };
  const template = { stackName: 'Stack', folder: '/', outputs: {}, parameters: {}, conditions: {}, ...rest };
  const resolved = resolveTemplate({ ...template, resources }, QUEUES);
  return resolved.propertiesOf<{ Environment: { Variables: { X: unknown } } }>('Reader').Environment.Variables
    .X;
}

test.each([
  ['Ref to a table is its name', { Ref: 'Items' }, 'Stack-Items'],
  ['Ref to a queue is its URL', { Ref: 'Jobs' }, `${QUEUES}/000000000000/Stack-jobs`],
  ['GetAtt', { 'Fn::GetAtt': ['Jobs', 'Arn'] }, 'arn:aws:sqs:us-east-1:000000000000:Stack-jobs'],
  ['GetAtt in dotted form', { 'Fn::GetAtt': 'Jobs.QueueName' }, 'Stack-jobs'],
  ['Join', { 'Fn::Join': ['/', ['a', { Ref: 'AWS::Region' }]] }, 'a/us-east-1'],
  [
    'Sub',
    { 'Fn::Sub': '$' + '{Items}-$' + '{Jobs.QueueName}-$' + '{!Kept}' },
    'Stack-Items-Stack-jobs-$' + '{Kept}',
  ],
  ['Sub with variables', { 'Fn::Sub': ['$' + '{A}!', { A: { Ref: 'Items' } }] }, 'Stack-Items!'],
  ['Select and Split', { 'Fn::Select': [1, { 'Fn::Split': ['-', { Ref: 'Items' }] }] }, 'Items'],
  ['NoValue removes', { a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] }, { b: [1] }],
])('%s', (_what, value, expected) => {
  expect(resolve(value)).toEqual(expected);
});

test('If takes the branch of its condition, and a resource without its condition is not there', () => {
  const conditions = { Here: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] } };
  expect(resolve({ 'Fn::If': ['Here', 'yes', 'no'] }, { conditions })).toBe('yes');
  const resources = { Extra: { Type: 'AWS::SQS::Queue', Condition: 'Not' } };
  expect(() =>
    resolve('x', { resources, conditions: { Not: { 'Fn::Not': [{ Condition: 'Here' }] }, ...conditions } }),
  ).not.toThrow();
});

test('a parameter is its default', () => {
  expect(resolve({ Ref: 'Level' }, { parameters: { Level: { Default: 'info' } } })).toBe('info');
  expect(() => resolve({ Ref: 'Level' }, { parameters: { Level: {} } })).toThrow(/"Level" has no default/);
});

test.each([
  [
    'an attribute',
    { 'Fn::GetAtt': ['Items', 'Colour'] },
    /attribute "Colour" of Items \(AWS::DynamoDB::Table\)/,
  ],
  ['an attribute, dotted', { 'Fn::GetAtt': 'Items.Colour' }, /attribute "Colour" of Items/],
  ['a resource', { Ref: 'Nobody' }, /^Reader.* refers to "Nobody", which is not in the template/],
  ['a resource in Sub', { 'Fn::Sub': '$' + '{Nobody}' }, /refers to "Nobody"/],
  ['an intrinsic function', { 'Fn::Cidr': ['10.0.0.0/8', 1, 8] }, /uses Fn::Cidr/],
  ['a dynamic reference', '{{resolve:ssm:x}}', /dynamic reference/],
])('%s that is not known is an error that names it', (_what, value, message) => {
  expect(() => resolve(value)).toThrow(message);
});

test('a resource type or a property that is not known is an error that names it', () => {
  expect(() => resolve('x', { resources: { Rocket: { Type: 'AWS::Space::Rocket' } } })).toThrow(
    'The local cloud doesn\'t know the resource type AWS::Space::Rocket (of "Rocket").',
  );
  const painted = { Type: 'AWS::SQS::Queue', Properties: { Colour: 'red' } };
  expect(() => resolve('x', { resources: { Painted: painted } })).toThrow(
    'The local cloud doesn\'t know the property "Colour" of AWS::SQS::Queue (in "Painted").',
  );
});

test('a limit for one route is refused, and not read over', () => {
  const limited = { Type: 'AWS::ApiGatewayV2::Stage', Properties: { RouteSettings: {} } };
  expect(() => resolve('x', { resources: { Limited: limited } })).toThrow(/property "RouteSettings"/);
});

test('a name that depends on itself is an error', () => {
  const circular = { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: 'Circular' } } };
  expect(() => resolve('x', { resources: { Circular: circular } })).toThrow(/"Circular" depends on itself/);
});
