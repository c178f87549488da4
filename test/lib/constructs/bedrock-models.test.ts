import { ofType, type Properties, synthesized, type Template } from '../synthesized.ts';

const MODEL = 'arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0';
const PROFILE = 'arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0';

/** By policy, which begins with the name of its function: the statements that speak of Bedrock. */
const grants = (template: Template): [string, Properties[]][] =>
  ofType('AWS::IAM::Policy', template)
    .map(([id, { PolicyDocument }]): [string, Properties[]] => [
      id,
      PolicyDocument.Statement.filter(({ Action }: Properties) => JSON.stringify(Action).includes('bedrock')),
    ])
    .filter(([, statements]) => statements.length > 0);

test('nobody may invoke a model where none is set', async () => {
  expect(grants(await synthesized())).toEqual([]);
}, 60_000);

test('the worker alone may invoke those that are set, and is told what its templates are', async () => {
  const model = { provider: 'bedrock', modelId: 'amazon.nova-lite-v1:0' };
  const templateConfig = { 'lead-evaluation': { model } };
  const template = await synthesized({ bedrockModelArns: `${MODEL},${PROFILE}`, templateConfig });
  const [[id = '', statements] = [], ...others] = grants(template);
  expect(others).toEqual([]);
  expect(id).toMatch(/^WorkerServiceRole/);
  expect(statements).toEqual([
    { Action: 'bedrock:InvokeModel', Effect: 'Allow', Resource: [PROFILE, MODEL] },
  ]);
  const worker = ofType('AWS::Lambda::Function', template).find(([name]) => name.startsWith('Worker'))?.[1];
  expect(JSON.parse(worker?.Environment.Variables.TEMPLATE_CONFIG)).toEqual(templateConfig);
}, 60_000);
