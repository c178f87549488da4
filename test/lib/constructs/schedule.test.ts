import { ofType, synthesized } from '../synthesized.ts';

test('calls the function at its rate, and repeats nothing: the next call does the same work', async () => {
  const template = await synthesized();
  const sweep = ofType('AWS::Lambda::Function', template).find(([id]) => id.startsWith('Sweep'))?.[0];
  const rules = ofType('AWS::Events::Rule', template);
  expect(rules.map(([, properties]) => properties)).toEqual([
    {
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Targets: [
        {
          Arn: { 'Fn::GetAtt': [sweep, 'Arn'] },
          Id: expect.any(String),
          RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
        },
      ],
    },
  ]);
  expect(ofType('AWS::Lambda::EventInvokeConfig', template)).toEqual([
    [
      expect.any(String),
      expect.objectContaining({
        FunctionName: { Ref: sweep },
        MaximumEventAgeInSeconds: 60,
        MaximumRetryAttempts: 0,
      }),
    ],
  ]);
  const permissions = ofType('AWS::Lambda::Permission', template).map(([, properties]) => properties);
  expect(permissions).toContainEqual(
    expect.objectContaining({
      Principal: 'events.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [rules[0]?.[0], 'Arn'] },
    }),
  );
});
