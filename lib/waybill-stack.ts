import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Annotations, CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { WORKER_PLATFORM } from './bindings.ts';
import { Alarms } from './constructs/alarms.ts';
import { DeliveriesTable } from './constructs/deliveries-table.ts';
import { FilesBucket } from './constructs/files-bucket.ts';
import { HttpApi } from './constructs/http-api.ts';
import { JobsTable } from './constructs/jobs-table.ts';
import { Schedule } from './constructs/schedule.ts';
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
/** Ten messages side by side, a read and a write each; writes to one assembly may have to be repeated. */
const RECEIVE_UPLOAD_TIMEOUT_SECONDS = 30;
/** A batch of 100 records, each a call or two, run side by side. */
const STREAM_CONSUMER_TIMEOUT_SECONDS = 60;

/** Until the next one begins. */
const SWEEP_TIMEOUT_SECONDS = 60;

/** All of Waybill, put together. What each part is stands in lib/constructs. */
export class WaybillStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: WaybillStackProps) {
    super(scope, id, props);
    const removalPolicy = settings.removalPolicy === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;

    const jobs = new JobsTable(this, 'Jobs', { removalPolicy });
    const deliveries = new DeliveriesTable(this, 'DeliveriesTable', { removalPolicy });
    const jobsQueue = new WorkQueue(this, 'JobsQueue', {
      variable: 'JOBS_QUEUE_URL',
      consumerTimeoutSeconds: settings.workerTimeoutSeconds,
    });
    const webhooksQueue = new WorkQueue(this, 'WebhooksQueue', {
      variable: 'WEBHOOKS_QUEUE_URL',
      consumerTimeoutSeconds: DISPATCHER_TIMEOUT_SECONDS,
    });
    const uploadsQueue = new WorkQueue(this, 'UploadsQueue', {
      consumerTimeoutSeconds: RECEIVE_UPLOAD_TIMEOUT_SECONDS,
    });
    const files = new FilesBucket(this, 'Files', { ...settings, uploadsQueue, removalPolicy });
    const secrets = new SecretStore(this, 'Secrets', settings);
    const webhookPolicy = {
      WEBHOOK_ALLOW_HTTP: String(settings.webhookAllowHttp),
      WEBHOOK_ALLOWED_CIDRS: settings.webhookAllowedCidrs.join(','),
    };
    const { bundles } = settings;
    const retention = { RETENTION_DAYS: String(settings.retentionDays) };
    const retries = { RETRY_BASE_SECONDS: String(settings.retryBaseSeconds) };

    const submit = new WaybillFunction(this, 'submit', { bundles });
    jobs.grantCreate(submit);
    secrets.grantJwt(submit);
    files.grantReceive(submit);
    submit.set({
      BRANCH: settings.branch,
      MAX_UPLOAD_BYTES: String(settings.maxUploadBytes),
      ...webhookPolicy,
    });

    const receiveUpload = new WaybillFunction(this, 'receive-upload', {
      bundles,
      timeoutSeconds: RECEIVE_UPLOAD_TIMEOUT_SECONDS,
    });
    uploadsQueue.feed(receiveUpload, { batchSize: 10 });
    jobs.grantRead(receiveUpload);
    jobs.grantChange(receiveUpload);

    const status = new WaybillFunction(this, 'status', { bundles });
    jobs.grantRead(status);
    deliveries.grantAdd(status);
    webhooksQueue.grantSend(status);
    secrets.grantJwt(status);
    secrets.grantReadSecret(status);

    const statusUpdate = new WaybillFunction(this, 'status-update', { bundles });
    jobs.grantRead(statusUpdate);
    jobs.grantChange(statusUpdate);
    secrets.grantUpdateSecret(statusUpdate);
    statusUpdate.set(retention);

    const retry = new WaybillFunction(this, 'retry', { bundles });
    jobs.grantRead(retry);
    jobs.grantChange(retry);
    files.grantAnnounce(retry);
    secrets.grantJwt(retry);

    const cancel = new WaybillFunction(this, 'cancel', { bundles });
    jobs.grantRead(cancel);
    jobs.grantChange(cancel);
    secrets.grantJwt(cancel);
    cancel.set(retention);

    const results = new WaybillFunction(this, 'results', { bundles });
    jobs.grantRead(results);
    files.grantDownload(results);
    secrets.grantJwt(results);
    secrets.grantMasterSecret(results);

    const listDeliveries = new WaybillFunction(this, 'deliveries', { bundles });
    jobs.grantRead(listDeliveries);
    deliveries.grantList(listDeliveries);
    secrets.grantJwt(listDeliveries);

    const webhookSecret = new WaybillFunction(this, 'webhook-secret', { bundles });
    secrets.grantJwt(webhookSecret);
    secrets.grantMasterSecret(webhookSecret);

    const health = new WaybillFunction(this, 'health', { bundles });

    const enqueue = new WaybillFunction(this, 'enqueue', {
      bundles,
      timeoutSeconds: STREAM_CONSUMER_TIMEOUT_SECONDS,
    });
    jobs.feed(enqueue, { status: ['queued'], ownWorkOnly: true });
    jobsQueue.grantSend(enqueue);
    files.grantKeep(enqueue);

    const notify = new WaybillFunction(this, 'notify', {
      bundles,
      timeoutSeconds: STREAM_CONSUMER_TIMEOUT_SECONDS,
    });
    jobs.feed(notify, { status: TERMINAL });
    deliveries.grantAdd(notify);
    webhooksQueue.grantSend(notify);
    files.grantKeep(notify);

    const worker = new WaybillFunction(this, 'worker', {
      bundles,
      timeoutSeconds: settings.workerTimeoutSeconds,
      memoryMb: settings.workerMemoryMb,
      // A step may have one upload at a time in its temporary folder, and something beside it.
      diskMb: Math.min(10_240, Math.ceil(settings.maxUploadBytes / 2 ** 20) + 512),
    });
    // glibc keeps memory per thread: with sharp's threads, 100 pictures took 315 MB without it and 209 MB with it.
    worker.addEnvironment('MALLOC_ARENA_MAX', '2');
    warnWithoutNativePackages(worker, bundles);
    // One at a time: a slow assembly must not make the others of its batch wait, or run twice with it.
    jobsQueue.feed(worker, { batchSize: 1, maxConcurrency: settings.workerConcurrency });
    jobs.grantRead(worker);
    jobs.grantChange(worker);
    files.grantWork(worker);
    worker.set({
      WORKER_TIMEOUT_SECONDS: String(settings.workerTimeoutSeconds),
      ...retention,
      ...retries,
    });

    const bury = new WaybillFunction(this, 'bury', { bundles });
    jobsQueue.feedDeadLetters(bury, { batchSize: 10 });
    jobs.grantRead(bury);
    jobs.grantChange(bury);
    files.grantKeep(bury);
    bury.set(retention);

    const dispatcher = new WaybillFunction(this, 'webhook-dispatcher', {
      bundles,
      timeoutSeconds: DISPATCHER_TIMEOUT_SECONDS,
    });
    webhooksQueue.feed(dispatcher, { batchSize: 10 });
    webhooksQueue.grantSend(dispatcher);
    deliveries.grantRecord(dispatcher);
    secrets.grantMasterSecret(dispatcher);
    dispatcher.set({ ...webhookPolicy, WEBHOOK_SCHEDULE: settings.webhookScheduleSeconds.join(',') });

    const sweep = new WaybillFunction(this, 'sweep', { bundles, timeoutSeconds: SWEEP_TIMEOUT_SECONDS });
    new Schedule(this, 'EachMinute', { everyMinutes: 1, target: sweep });
    jobs.grantSweep(sweep);
    jobsQueue.grantSend(sweep);
    files.grantLook(sweep);
    deliveries.grantSweep(sweep);
    webhooksQueue.grantSend(sweep);
    sweep.set({
      UPLOAD_TIMEOUT_SECONDS: String(settings.uploadTimeoutSeconds),
      ...retention,
      ...retries,
    });

    const api = new HttpApi(this, 'HttpApi', {
      functions: {
        submit,
        status,
        'status-update': statusUpdate,
        retry,
        cancel,
        results,
        deliveries: listDeliveries,
        'webhook-secret': webhookSecret,
        health,
      },
      corsAllowedOrigins: settings.corsAllowedOrigins,
    });
    // Whoever tells a status makes links to its results.
    for (const teller of [submit, status, statusUpdate, retry, cancel, notify]) {
      secrets.grantMasterSecret(teller);
      teller.set({ API_URL: api.url });
    }
    dispatcher.set({ API_URL: api.url });

    new Alarms(this, 'Alarms', {
      ...settings,
      functions: this.node.children.filter((each) => each instanceof WaybillFunction),
      streamConsumers: [enqueue, notify],
      queues: { jobs: jobsQueue, webhooks: webhooksQueue, uploads: uploadsQueue },
      tables: { jobs: jobs.table, deliveries: deliveries.table },
      sweep,
    });

    const outputs = {
      Url: { value: api.url, description: 'The HTTP API' },
      StatusFunctionName: { value: status.functionName, description: 'For StatusLambdaClient' },
      EnqueueFunctionName: { value: enqueue.functionName, description: 'For waybill replay' },
      NotifyFunctionName: { value: notify.functionName, description: 'For waybill replay' },
      BuryFunctionName: { value: bury.functionName, description: 'For waybill replay' },
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
      UploadsDeadLettersUrl: {
        value: uploadsQueue.deadLetters.queueUrl,
        description: 'Upload messages that failed',
      },
      FilesBucketName: {
        value: files.bucket.bucketName,
        description: 'Uploads, results, and below failures/ the stream records that failed',
      },
    };
    for (const [name, output] of Object.entries(outputs)) new CfnOutput(this, name, output);
  }
}

/** Without them the worker would start on AWS and fail with the first picture. */
function warnWithoutNativePackages(worker: WaybillFunction, bundles: string): void {
  if (existsSync(join(bundles, 'worker/node_modules/sharp'))) return;
  Annotations.of(worker).addWarningV2(
    'waybill:native-packages',
    `The worker's bundle has no sharp for ${WORKER_PLATFORM.os}-${WORKER_PLATFORM.cpu}: good for a look at the template ` +
      'and for the local cloud, which takes the sharp of this machine. Run "npm run build:deploy" before "cdk deploy".',
  );
}
