import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Alarms } from './constructs/alarms.ts';
import { Dashboard } from './constructs/dashboard.ts';
import { DeliveriesTable } from './constructs/deliveries-table.ts';
import { FilesBucket } from './constructs/files-bucket.ts';
import { FUNCTION_TIMEOUTS, submissionWorkerSeconds } from './constructs/function-timeouts.ts';
import { HttpApi } from './constructs/http-api.ts';
import { JobsTable } from './constructs/jobs-table.ts';
import { QueueTable } from './constructs/queue-table.ts';
import { RateLimitsTable } from './constructs/rate-limits-table.ts';
import { requestFunctions } from './constructs/request-functions.ts';
import { SecretStore } from './constructs/secret-store.ts';
import { stackOutputs } from './constructs/stack-outputs.ts';
import { submissionFunctions } from './constructs/submission-functions.ts';
import { SubmissionsTable } from './constructs/submissions-table.ts';
import { WaybillFunction } from './constructs/waybill-function.ts';
import { workFunctions } from './constructs/work-functions.ts';
import { WorkQueue } from './constructs/work-queue.ts';
import type { WaybillSettings } from './settings.ts';

export interface WaybillStackProps extends StackProps {
  readonly settings: WaybillSettings;
}

/** All of Waybill, put together. What each part is stands in lib/constructs. */
export class WaybillStack extends Stack {
  constructor(scope: Construct, id: string, { settings, ...props }: WaybillStackProps) {
    super(scope, id, props);
    const removalPolicy = settings.removalPolicy === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;

    const jobs = new JobsTable(this, 'Jobs', { removalPolicy });
    const submissions = new SubmissionsTable(this, 'SubmissionsTable', { removalPolicy });
    const deliveries = new DeliveriesTable(this, 'DeliveriesTable', { removalPolicy });
    const rateLimits = new RateLimitsTable(this, 'RateLimits', { removalPolicy });
    const queue = new QueueTable(this, 'QueueTable', { removalPolicy });
    const queues = {
      jobs: new WorkQueue(this, 'JobsQueue', {
        variable: 'JOBS_QUEUE_URL',
        consumerTimeoutSeconds: settings.workerTimeoutSeconds,
      }),
      submissions: new WorkQueue(this, 'SubmissionsQueue', {
        variable: 'SUBMISSIONS_QUEUE_URL',
        consumerTimeoutSeconds: submissionWorkerSeconds(settings),
      }),
      tally: new WorkQueue(this, 'TallyQueue', {
        variable: 'TALLY_QUEUE_URL',
        consumerTimeoutSeconds: FUNCTION_TIMEOUTS.tally,
      }),
      webhooks: new WorkQueue(this, 'WebhooksQueue', {
        variable: 'WEBHOOKS_QUEUE_URL',
        consumerTimeoutSeconds: FUNCTION_TIMEOUTS.dispatcher,
      }),
      uploads: new WorkQueue(this, 'UploadsQueue', {
        consumerTimeoutSeconds: FUNCTION_TIMEOUTS.receiveUpload,
      }),
    };
    const files = new FilesBucket(this, 'Files', {
      ...settings,
      uploadsQueue: queues.uploads,
      removalPolicy,
    });
    const secrets = new SecretStore(this, 'Secrets', settings);

    const parts = { settings, jobs, submissions, deliveries, rateLimits, queue, queues, files, secrets };
    const requests = requestFunctions(this, parts);
    const work = { ...workFunctions(this, parts), ...submissionFunctions(this, parts) };
    const api = new HttpApi(this, 'HttpApi', { ...settings, functions: requests });

    // Whoever tells a status makes links to its results, and lists its submissions.
    const { submit, status, retry, cancel } = requests;
    for (const teller of [submit, status, requests['status-update'], retry, cancel, work.notify]) {
      secrets.grantMasterSecret(teller);
      submissions.grantRead(teller);
      teller.set({ API_URL: api.url });
    }
    work.dispatcher.set({ API_URL: api.url });

    const functions = this.node.children.filter((each) => each instanceof WaybillFunction);
    for (const fn of functions) fn.set({ POWERTOOLS_LOG_LEVEL: settings.logLevel });

    const watched = {
      ...settings,
      functions,
      streamConsumers: [work.enqueue, work.notify, work.enqueueSubmissions, work.planTally],
      queues,
      tables: {
        jobs: jobs.table,
        submissions: submissions.table,
        deliveries: deliveries.table,
        limits: rateLimits.table,
      },
      sweep: work.sweep,
      api: api.api,
    };
    const alarms = new Alarms(this, 'Alarms', watched).all;
    // Nobody is woken for a place in the queue that cannot be told.
    const tables = { ...watched.tables, queue: queue.table };
    if (settings.dashboard) new Dashboard(this, 'Dashboard', { ...watched, tables, alarms });

    stackOutputs(this, { ...parts, requests, work, api });
  }
}
