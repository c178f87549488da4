import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { WORKER_PLATFORM } from '../bindings.ts';
import { FUNCTION_TIMEOUTS } from './function-timeouts.ts';
import { Schedule } from './schedule.ts';
import type { StackParts } from './stack-parts.ts';
import { WaybillFunction } from './waybill-function.ts';
import { webhookPolicy } from './webhook-policy.ts';

export interface WorkFunctions {
  readonly enqueue: WaybillFunction;
  readonly notify: WaybillFunction;
  readonly bury: WaybillFunction;
  readonly dispatcher: WaybillFunction;
  readonly sweep: WaybillFunction;
}

/** The functions that nobody calls: the stream, the queues and the schedule set them going, each with what it may do. */
export function workFunctions(
  scope: Construct,
  { settings, jobs, submissions, deliveries, queue, queues, files, secrets }: StackParts,
): WorkFunctions {
  const { bundles } = settings;
  const retention = { RETENTION_DAYS: String(settings.retentionDays) };
  const retries = { RETRY_BASE_SECONDS: String(settings.retryBaseSeconds) };

  const receiveUpload = new WaybillFunction(scope, 'receive-upload', {
    bundles,
    timeoutSeconds: FUNCTION_TIMEOUTS.receiveUpload,
  });
  queues.uploads.feed(receiveUpload, { batchSize: 10 });
  jobs.grantRead(receiveUpload);
  jobs.grantChange(receiveUpload);

  const enqueue = new WaybillFunction(scope, 'enqueue', {
    bundles,
    timeoutSeconds: FUNCTION_TIMEOUTS.streamConsumer,
  });
  jobs.feedQueue(enqueue);
  queue.grantCount(enqueue);
  queues.jobs.grantSend(enqueue);
  files.grantKeep(enqueue);

  const notify = new WaybillFunction(scope, 'notify', {
    bundles,
    timeoutSeconds: FUNCTION_TIMEOUTS.streamConsumer,
  });
  jobs.feedEnds(notify);
  deliveries.grantAdd(notify);
  queues.webhooks.grantSend(notify);
  files.grantKeep(notify);

  const worker = new WaybillFunction(scope, 'worker', {
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
  queues.jobs.feed(worker, { batchSize: 1, maxConcurrency: settings.workerConcurrency });
  jobs.grantRead(worker);
  jobs.grantChange(worker);
  files.grantWork(worker);
  submissions.grantExpand(worker);
  queues.submissions.grantSend(worker);
  queues.tally.grantSend(worker);
  if (settings.bedrockModelArns.length > 0)
    worker.allow(['bedrock:InvokeModel'], ...settings.bedrockModelArns);
  worker.set({
    WORKER_TIMEOUT_SECONDS: String(settings.workerTimeoutSeconds),
    TEMPLATE_CONFIG: JSON.stringify(settings.templateConfig),
    ...retention,
    ...retries,
  });

  const bury = new WaybillFunction(scope, 'bury', { bundles });
  queues.jobs.feedDeadLetters(bury, { batchSize: 10 });
  jobs.grantRead(bury);
  jobs.grantChange(bury);
  files.grantKeep(bury);
  bury.set(retention);

  const dispatcher = new WaybillFunction(scope, 'webhook-dispatcher', {
    bundles,
    timeoutSeconds: FUNCTION_TIMEOUTS.dispatcher,
  });
  queues.webhooks.feed(dispatcher, { batchSize: 10 });
  queues.webhooks.grantSend(dispatcher);
  deliveries.grantRecord(dispatcher);
  secrets.grantMasterSecret(dispatcher);
  dispatcher.set({
    ...webhookPolicy(settings),
    WEBHOOK_SCHEDULE: settings.webhookScheduleSeconds.join(','),
  });

  const sweep = new WaybillFunction(scope, 'sweep', { bundles, timeoutSeconds: FUNCTION_TIMEOUTS.sweep });
  new Schedule(scope, 'EachMinute', { everyMinutes: 1, target: sweep });
  jobs.grantSweep(sweep);
  queues.jobs.grantSend(sweep);
  queues.tally.grantSend(sweep);
  files.grantLook(sweep);
  deliveries.grantSweep(sweep);
  queues.webhooks.grantSend(sweep);
  sweep.set({
    UPLOAD_TIMEOUT_SECONDS: String(settings.uploadTimeoutSeconds),
    ...retention,
    ...retries,
  });

  return { enqueue, notify, bury, dispatcher, sweep };
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
