import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Schedule } from '../../../lib/constructs/schedule.ts';
import { bundledFunction } from './bundled-function.ts';

test('calls the function at its rate, and repeats nothing: the next call does the same work', () => {
  const stack = new Stack();
  const target = bundledFunction(stack, 'health');
  new Schedule(stack, 'EachMinute', { everyMinutes: 1, target });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(1 minute)',
    State: 'ENABLED',
    Targets: [
      {
        Arn: stack.resolve(target.functionArn),
        RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
      },
    ],
  });
  template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
    FunctionName: stack.resolve(target.functionName),
    MaximumEventAgeInSeconds: 60,
    MaximumRetryAttempts: 0,
  });
  template.hasResourceProperties('AWS::Lambda::Permission', {
    Principal: 'events.amazonaws.com',
    SourceArn: Match.objectLike({ 'Fn::GetAtt': [Match.stringLikeRegexp('^EachMinute'), 'Arn'] }),
  });
});
