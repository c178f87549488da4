import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DeliveriesTable } from './constructs/deliveries-table.ts';
import { FailureStore } from './constructs/failure-store.ts';
import { HttpApi } from './constructs/http-api.ts';
import { JobsTable } from './constructs/jobs-table.ts';
import { SecretStore } from './constructs/secret-store.ts';
import { WaybillFunction } from './constructs/waybill-function.ts';
import { WorkQueue } from './constructs/work-queue.ts';
import { TERMINAL } from './domain/state-machine.ts';
import type { WaybillSettings } from './settings.ts';

export interface WaybillStackProps extends StackProps {
  readonly settings: WaybillSettings;
}

/** A webhook exchange takes 15 s at most; the rest is for a cold start and the table. */
const DISPATCHER_TIMEOUT_SECONDS = 30;
/** A batch of 100 records, each a call or two, run side by side. */
const STREAM_CONSUMER_TIMEOUT_SECONDS = 60;

/** All of Waybill, put together. What each part is stands in lib/constructs. */
export class WaybillStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: WaybillStackProps) {
    super(scope, id, props);
    const removalPolicy = settings.removalPolicy === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;

    const jobs = new JobsTable(this, 'Jobs', { removalPolicy });
    const deliveries = new DeliveriesTable(this, 'Deliveries', { removalPolicy });
    const jobsQueue = new WorkQueue(this, 'JobsQueue', {
      variable: 'JOBS_QUEUE_URL',
      consumerTimeoutSeconds: settings.workerTimeoutSeconds,
    });
    const webhooksQueue = new WorkQueue(this, 'WebhooksQueue', {
      variable: 'WEBHOOKS_QUEUE_URL',
      consumerTimeoutSeconds: DISPATCHER_TIMEOUT_SECONDS,
    });
    const failures = new FailureStore(this, 'Failures');
    const secrets = new SecretStore(this, 'Secrets', settings);
    const webhookPolicy = {
      WEBHOOK_ALLOW_HTTP: String(settings.webhookAllowHttp),
      WEBHOOK_ALLOWED_CIDRS: settings.webhookAllowedCidrs.join(','),
    };
    const retention = { RETENTION_DAYS: String(settings.retentionDays) };

    const submit = new WaybillFunction(this, 'submit');
    jobs.grantCreate(submit);
    secrets.grantJwt(submit);
    submit.set({ BRANCH: settings.branch, ...webhookPolicy });

    const status = new WaybillFunction(this, 'status');
    jobs.grantRead(status);
    deliveries.grantAdd(status);
    webhooksQueue.grantSend(status);
    secrets.grantJwt(status);
    secrets.grantReadSecret(status);

    const statusUpdate = new WaybillFunction(this, 'status-update');
    jobs.grantRead(statusUpdate);
    jobs.grantChange(statusUpdate);
    secrets.grantUpdateSecret(statusUpdate);
    statusUpdate.set(retention);

    const webhookSecret = new WaybillFunction(this, 'webhook-secret');
    secrets.grantJwt(webhookSecret);
    secrets.grantMasterSecret(webhookSecret);

    const health = new WaybillFunction(this, 'health');

    const enqueue = new WaybillFunction(this, 'enqueue', { timeoutSeconds: STREAM_CONSUMER_TIMEOUT_SECONDS });
    jobs.feed(enqueue, { status: ['queued'], ownWorkOnly: true });
    jobsQueue.grantSend(enqueue);
    failures.grantKeep(enqueue);

    const notify = new WaybillFunction(this, 'notify', { timeoutSeconds: STREAM_CONSUMER_TIMEOUT_SECONDS });
    jobs.feed(notify, { status: TERMINAL });
    deliveries.grantAdd(notify);
    webhooksQueue.grantSend(notify);
    failures.grantKeep(notify);

    const worker = new WaybillFunction(this, 'worker', {
      timeoutSeconds: settings.workerTimeoutSeconds,
      memoryMb: settings.workerMemoryMb,
    });
    // One at a time: a slow assembly must not make the others of its batch wait, or run twice with it.
    jobsQueue.feed(worker, { batchSize: 1, maxConcurrency: settings.workerConcurrency });
    jobs.grantChange(worker);
    worker.set({ WORKER_TIMEOUT_SECONDS: String(settings.workerTimeoutSeconds), ...retention });

    const dispatcher = new WaybillFunction(this, 'webhook-dispatcher', {
      timeoutSeconds: DISPATCHER_TIMEOUT_SECONDS,
    });
    webhooksQueue.feed(dispatcher, { batchSize: 10 });
    webhooksQueue.grantSend(dispatcher);
    deliveries.grantRecord(dispatcher);
    secrets.grantMasterSecret(dispatcher);
    dispatcher.set(webhookPolicy);

    const api = new HttpApi(this, 'HttpApi', {
      functions: { submit, status, 'status-update': statusUpdate, 'webhook-secret': webhookSecret, health },
      corsAllowedOrigins: settings.corsAllowedOrigins,
    });

    const outputs = {
      Url: { value: api.url, description: 'The HTTP API' },
      StatusFunctionName: { value: status.functionName, description: 'For StatusLambdaClient' },
      JobsTableName: { value: jobs.table.tableName, description: 'The assemblies' },
      DeliveriesTableName: { value: deliveries.table.tableName, description: 'The webhook deliveries' },
      JwtSecretArn: { value: secrets.jwt.secretArn, description: 'Signs the tokens of users' },
      ReadSecretArn: { value: secrets.read.secretArn, description: 'x-webhook-secret for reading' },
      UpdateSecretArn: { value: secrets.update.secretArn, description: 'x-webhook-secret for updates' },
      JobsDeadLettersUrl: { value: jobsQueue.deadLetters.queueUrl, description: 'Job messages that failed' },
      WebhooksDeadLettersUrl: {
        value: webhooksQueue.deadLetters.queueUrl,
        description: 'Webhook messages that failed',
      },
      FailuresUrl: { value: failures.queue.queueUrl, description: 'Stream records that failed, whole' },
    };
    for (const [name, output] of Object.entries(outputs)) new CfnOutput(this, name, output);
  }
}
