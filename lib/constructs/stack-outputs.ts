import { CfnOutput } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { RouteFunction } from '../bindings.ts';
import type { HttpApi } from './http-api.ts';
import type { StackParts } from './stack-parts.ts';
import type { SubmissionFunctions } from './submission-functions.ts';
import type { WaybillFunction } from './waybill-function.ts';
import type { WorkFunctions } from './work-functions.ts';

interface Told
  extends Pick<StackParts, 'jobs' | 'submissions' | 'deliveries' | 'queues' | 'files' | 'secrets'> {
  readonly api: HttpApi;
  readonly requests: Readonly<Record<RouteFunction, WaybillFunction>>;
  readonly work: WorkFunctions & SubmissionFunctions;
}

/** What whoever has deployed needs to know, as outputs of the stack. */
export function stackOutputs(
  scope: Construct,
  { api, requests, work, jobs, submissions, deliveries, queues, files, secrets }: Told,
): void {
  const { domain } = api;
  const outputs = {
    Url: { value: api.url, description: 'The HTTP API' },
    ...(domain && {
      DomainTarget: { value: domain.regionalDomainName, description: 'For the CNAME or alias of the domain' },
      DomainHostedZoneId: { value: domain.regionalHostedZoneId, description: 'For an alias in Route 53' },
    }),
    StatusFunctionName: { value: requests.status.functionName, description: 'For StatusLambdaClient' },
    EnqueueFunctionName: { value: work.enqueue.functionName, description: 'For waybill replay' },
    NotifyFunctionName: { value: work.notify.functionName, description: 'For waybill replay' },
    BuryFunctionName: { value: work.bury.functionName, description: 'For waybill replay' },
    EnqueueSubmissionsFunctionName: {
      value: work.enqueueSubmissions.functionName,
      description: 'For waybill replay',
    },
    PlanTallyFunctionName: { value: work.planTally.functionName, description: 'For waybill replay' },
    BurySubmissionFunctionName: {
      value: work.burySubmission.functionName,
      description: 'For waybill replay',
    },
    JobsTableName: { value: jobs.table.tableName, description: 'The assemblies' },
    SubmissionsTableName: {
      value: submissions.table.tableName,
      description: 'The recipients of assemblies',
    },
    DeliveriesTableName: { value: deliveries.table.tableName, description: 'The webhook deliveries' },
    ...(secrets.jwt && {
      JwtSecretArn: { value: secrets.jwt.secretArn, description: 'Signs the tokens of users' },
    }),
    ReadSecretArn: { value: secrets.read.secretArn, description: 'x-webhook-secret for reading' },
    UpdateSecretArn: { value: secrets.update.secretArn, description: 'x-webhook-secret for updates' },
    JobsDeadLettersUrl: {
      value: queues.jobs.deadLetters.queueUrl,
      description: 'Job messages that failed',
    },
    SubmissionsDeadLettersUrl: {
      value: queues.submissions.deadLetters.queueUrl,
      description: 'Submission messages that failed',
    },
    TallyDeadLettersUrl: {
      value: queues.tally.deadLetters.queueUrl,
      description: 'Tally messages that failed',
    },
    WebhooksDeadLettersUrl: {
      value: queues.webhooks.deadLetters.queueUrl,
      description: 'Webhook messages that failed',
    },
    UploadsDeadLettersUrl: {
      value: queues.uploads.deadLetters.queueUrl,
      description: 'Upload messages that failed',
    },
    FilesBucketName: {
      value: files.bucket.bucketName,
      description: 'Uploads, results, and below failures/ the stream records that failed',
    },
  };
  for (const [name, output] of Object.entries(outputs)) new CfnOutput(scope, name, output);
}
