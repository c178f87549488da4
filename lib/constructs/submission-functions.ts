import type { Construct } from 'constructs';
import { FUNCTION_TIMEOUTS, submissionWorkerSeconds } from './function-timeouts.ts';
import type { StackParts } from './stack-parts.ts';
import { WaybillFunction } from './waybill-function.ts';

export interface SubmissionFunctions {
  readonly enqueueSubmissions: WaybillFunction;
  readonly planTally: WaybillFunction;
  readonly burySubmission: WaybillFunction;
  readonly tally: WaybillFunction;
}

/** The functions that the submissions of assemblies with recipients set going. */
export function submissionFunctions(
  scope: Construct,
  { settings, jobs, submissions, rateLimits, queues, files }: StackParts,
): SubmissionFunctions {
  const { bundles } = settings;

  const enqueueSubmissions = new WaybillFunction(scope, 'enqueue-submissions', {
    bundles,
    timeoutSeconds: FUNCTION_TIMEOUTS.streamConsumer,
  });
  submissions.feedWaiting(enqueueSubmissions);
  queues.submissions.grantSend(enqueueSubmissions);
  files.grantKeep(enqueueSubmissions);

  const worker = new WaybillFunction(scope, 'submission-worker', {
    bundles,
    timeoutSeconds: submissionWorkerSeconds(settings),
  });
  // Side by side: each waits for its receiver, which costs as much as one that waits.
  queues.submissions.feed(worker, { batchSize: 10, maxConcurrency: settings.submissionConcurrency });
  queues.submissions.grantSend(worker);
  jobs.grantRead(worker);
  submissions.grantChange(worker);
  rateLimits.grantReserve(worker);
  files.grantReadFields(worker);
  worker.set({
    SUBMISSION_TIMEOUT_SECONDS: String(settings.submissionTimeoutSeconds),
    RETRY_BASE_SECONDS: String(settings.retryBaseSeconds),
    TEMPLATE_CONFIG: JSON.stringify(settings.templateConfig),
  });

  const burySubmission = new WaybillFunction(scope, 'bury-submission', { bundles });
  queues.submissions.feedDeadLetters(burySubmission, { batchSize: 10 });
  submissions.grantChange(burySubmission);
  files.grantKeep(burySubmission);

  const planTally = new WaybillFunction(scope, 'plan-tally', {
    bundles,
    timeoutSeconds: FUNCTION_TIMEOUTS.streamConsumer,
  });
  submissions.feedChanges(planTally);
  queues.tally.grantSend(planTally);
  files.grantKeep(planTally);

  const tally = new WaybillFunction(scope, 'tally', { bundles, timeoutSeconds: FUNCTION_TIMEOUTS.tally });
  // One at a time: ten thousand rows of one must not make another wait.
  queues.tally.feed(tally, { batchSize: 1 });
  queues.tally.grantSend(tally);
  jobs.grantRead(tally);
  jobs.grantChange(tally);
  submissions.grantRead(tally);
  tally.set({ RETENTION_DAYS: String(settings.retentionDays) });

  return { enqueueSubmissions, planTally, burySubmission, tally };
}
