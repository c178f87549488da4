import type { DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import { buryJob } from '../../lambdas/bury/bury-job.ts';
import { burySubmission } from '../../lambdas/bury-submission/bury-submission.ts';
import { cancelAssembly } from '../../lambdas/cancel/cancel-assembly.ts';
import { enqueueJob } from '../../lambdas/enqueue/enqueue-job.ts';
import { enqueueSubmission } from '../../lambdas/enqueue-submissions/enqueue-submission.ts';
import { notifyEnd } from '../../lambdas/notify/notify-end.ts';
import { s3Notification, uploadsOf } from '../../lambdas/receive-upload/upload-events.ts';
import { retryAssembly } from '../../lambdas/retry/retry-assembly.ts';
import type { User } from '../../lambdas/shared/authenticate.ts';
import { deliveryMessage } from '../../lambdas/shared/delivery-message.ts';
import { jobMessage } from '../../lambdas/shared/job-message.ts';
import { LEASE_MARGIN_SECONDS } from '../../lambdas/shared/lease.ts';
import { unlimited } from '../../lambdas/shared/owner-limiter.ts';
import { queueConsumer } from '../../lambdas/shared/queue-consumer.ts';
import { readAssembly } from '../../lambdas/shared/read-assembly.ts';
import { receiveUploads } from '../../lambdas/shared/receive-uploads.ts';
import { streamConsumer } from '../../lambdas/shared/stream-consumer.ts';
import { submissionMessage } from '../../lambdas/shared/submission-message.ts';
import { submissionOf } from '../../lambdas/shared/submission-store.ts';
import { tallyMessage } from '../../lambdas/shared/tally-message.ts';
import { updateStatus } from '../../lambdas/status-update/update-status.ts';
import { sendSubmission } from '../../lambdas/submission-worker/send-submission.ts';
import { submitAssembly } from '../../lambdas/submit/submit-assembly.ts';
import { recoverAssemblies } from '../../lambdas/sweep/recover-assemblies.ts';
import { sendDueDeliveries } from '../../lambdas/sweep/send-due-deliveries.ts';
import { tallyAssembly } from '../../lambdas/tally/tally-assembly.ts';
import { dispatchDelivery } from '../../lambdas/webhook-dispatcher/dispatch-delivery.ts';
import { runAssembly } from '../../lambdas/worker/run-assembly.ts';
import { WEBHOOK_SCHEDULE } from '../../lib/domain/retry-schedule.ts';
import type { StatusUpdate } from '../../lib/domain/status-update.ts';
import type { SubmitRequest } from '../../lib/domain/submit-request.ts';
import type { Container } from './container.ts';
import { REGISTRY } from './job-templates.ts';
import type { Ports } from './ports.ts';

/** Seconds, as in lib/waybill-stack.ts. */
export const TIMEOUTS = {
  submit: 10,
  cancel: 10,
  retry: 10,
  'status-update': 29,
  enqueue: 60,
  notify: 60,
  worker: 300,
  bury: 10,
  'webhook-dispatcher': 30,
  'receive-upload': 30,
  'enqueue-submissions': 60,
  'plan-tally': 60,
  'submission-worker': 40,
  'bury-submission': 10,
  tally: 30,
  sweep: 60,
} as const;

/** The longest that one `send` may take. */
const SEND_SECONDS = 30;

/** As in lambdas/submission-worker/handler.ts. */
const SEND_LEASE_SECONDS = SEND_SECONDS + 35;

/** How long nobody else may take what a worker has. */
export const LEASES: Partial<Readonly<Record<keyof typeof TIMEOUTS, number>>> = {
  worker: TIMEOUTS.worker + LEASE_MARGIN_SECONDS,
  'submission-worker': SEND_LEASE_SECONDS,
};
const END_MARGIN_SECONDS = 10;
const UPLOAD_TIMEOUT_SECONDS = 24 * 3600;

export interface Owned {
  readonly assemblyId: string;
  readonly user: User;
}

const MASTER_SECRET = 'a secret that no receiver of the simulation looks at';
const log = { info: () => {}, warn: () => {} };

/** What each function does, wired as its handler.ts wires it, but to the ports of one invocation. */
export function functionsOf(ports: Ports, container: Container) {
  const { invocation, random, store, deliveries, files, jobs, webhooks, failures, templates } = ports;
  const { submissions, submissionsQueue, tallyQueue } = ports;
  const { now } = invocation.clock;
  const retention = { retentionDays: 30 };
  const retry = { baseSeconds: 5, random };
  const masterSecret = async () => MASTER_SECRET;
  const read = ({ assemblyId, user }: Owned) =>
    readAssembly({ assemblyId, sight: user, forDecision: true }, { store, now });

  return {
    submit: ({ request, user }: { readonly request: SubmitRequest; readonly user: User }) =>
      submitAssembly(request, user, {
        store,
        files,
        templates: REGISTRY,
        maxUploadBytes: 1_000_000,
        webhookPolicy: { allowHttp: false, allowedCidrs: [] },
        limiter: unlimited,
        branch: 'main',
        now,
      }),

    cancel: async (owned: Owned) => cancelAssembly(await read(owned), { store, now, ...retention }),

    retry: async (owned: Owned & { readonly attempt?: number }) =>
      retryAssembly(await read(owned), owned.attempt, { store, files, limiter: unlimited, now }),

    'status-update': ({
      assemblyId,
      update,
    }: {
      readonly assemblyId: string;
      readonly update: StatusUpdate;
    }) =>
      updateStatus({ assemblyId, sight: 'all' }, update, {
        ...{ store, now, files, submissions },
        ...retention,
      }),

    enqueue: (event: DynamoDBStreamEvent) =>
      streamConsumer({
        name: 'enqueue',
        failures,
        consume: (written) => enqueueJob(written, { jobs, now }),
      })(event),

    notify: (event: DynamoDBStreamEvent) =>
      streamConsumer({
        name: 'notify',
        failures,
        consume: (written) =>
          notifyEnd(written, {
            deliveries,
            webhooks,
            masterSecret,
            apiUrl: 'https://waybill.example',
            submissions,
            now,
          }),
      })(event),

    worker: (event: SQSEvent) =>
      queueConsumer({
        name: 'worker',
        message: jobMessage,
        consume: async (message) => {
          await runAssembly(message, {
            ...invocation.clock,
            ...retention,
            store,
            files,
            resultStore: files,
            templates: templates(),
            configs: {},
            fanOut: { submissions, submissionsQueue, tallyQueue },
            retry,
            leaseSeconds: TIMEOUTS.worker + LEASE_MARGIN_SECONDS,
            runSeconds: TIMEOUTS.worker - END_MARGIN_SECONDS,
            makeTempFolder: async () => ({ path: '/nowhere', remove: async () => {} }),
            log,
          });
        },
      })(event),

    bury: (event: SQSEvent) =>
      queueConsumer({
        name: 'bury',
        message: jobMessage,
        failures,
        consume: async (message) => {
          await buryJob(message, { store, now, ...retention });
        },
      })(event),

    'enqueue-submissions': (event: DynamoDBStreamEvent) =>
      streamConsumer({
        name: 'enqueue-submissions',
        failures,
        fromItem: submissionOf,
        consume: (written) => enqueueSubmission(written, { submissionsQueue, now }),
      })(event),

    'plan-tally': (event: DynamoDBStreamEvent) =>
      streamConsumer({
        name: 'plan-tally',
        failures,
        fromItem: submissionOf,
        consume: ({ after }) => container.planner.plan(after),
      })(event),

    'submission-worker': (event: SQSEvent) =>
      queueConsumer({
        name: 'submission-worker',
        message: submissionMessage,
        consume: async (message) => {
          await sendSubmission(message, {
            ...invocation.clock,
            assemblies: container.assemblies,
            parsedFields: container.parsedFields,
            submissions,
            submissionsQueue,
            turns: {
              take(...of) {
                ports.awaitTicks();
                return container.turns.take(...of);
              },
            },
            templates: templates(),
            retry,
            sendSeconds: SEND_SECONDS,
            leaseSeconds: SEND_LEASE_SECONDS,
            log,
          });
        },
      })(event),

    'bury-submission': (event: SQSEvent) =>
      queueConsumer({
        name: 'bury-submission',
        message: submissionMessage,
        failures,
        consume: async (message) => {
          await burySubmission(message, { submissions, now });
        },
      })(event),

    tally: (event: SQSEvent) =>
      queueConsumer({
        name: 'tally',
        message: tallyMessage,
        consume: async (message) => {
          await tallyAssembly(message, { store, submissions, tallyQueue, now, ...retention });
        },
      })(event),

    'webhook-dispatcher': (event: SQSEvent) =>
      queueConsumer({
        name: 'webhook-dispatcher',
        message: deliveryMessage,
        consume: async (message) => {
          const { post } = ports;
          await dispatchDelivery(message, {
            deliveries,
            webhooks,
            post,
            masterSecret,
            schedule: WEBHOOK_SCHEDULE,
            now,
            random,
          });
        },
      })(event),

    'receive-upload': (event: SQSEvent) =>
      queueConsumer({
        name: 'receive-upload',
        message: s3Notification,
        consume: async (notification) => {
          for (const [assemblyId, uploadIds] of uploadsOf(notification)) {
            const assembly = await store.get(assemblyId, { consistent: true });
            if (assembly) await receiveUploads(assembly, uploadIds, { store, now });
          }
        },
      })(event),

    sweep: async (_event: null) => {
      const mayGoOn = () => true;
      const onError = () => {};
      const uploadTimeoutSeconds = UPLOAD_TIMEOUT_SECONDS;
      const [recovered, sent] = await Promise.allSettled([
        recoverAssemblies({
          ...{ store, files, jobs, tallyQueue, retry, uploadTimeoutSeconds, mayGoOn, onError, now },
          ...retention,
        }),
        sendDueDeliveries({ deliveries, webhooks, now, mayGoOn }),
      ]);
      if (sent.status === 'rejected') throw sent.reason;
      if (recovered.status === 'rejected') throw recovered.reason;
      return { assemblies: recovered.value, deliveries: sent.value };
    },
  };
}

export type Functions = ReturnType<typeof functionsOf>;
export type FunctionName = keyof Functions;
