/** Settings under which the stack has other resources, or other properties of them, than with those of cdk.json. */
export const VARIANTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'as in cdk.json': {},
  'with a domain, CORS, a topic for alarms, a secret of its own, and nothing kept': {
    domainName: 'jobs.example.com',
    certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555',
    corsAllowedOrigins: 'https://app.example.com',
    alarmTopicArn: 'arn:aws:sns:eu-west-1:123456789012:on-call',
    jwt: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:tokens-AbCdEf',
    removalPolicy: 'destroy',
  },
  'without a dashboard, for every origin, with a model': {
    dashboard: false,
    corsAllowedOrigins: '*',
    bedrockModelArns: 'arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0',
  },
};
