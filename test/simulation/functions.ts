import type { DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import { buryJob } from '../../lambdas/bury/bury-job.ts';
import { cancelAssembly } from '../../lambdas/cancel/cancel-assembly.ts';
import { enqueueJob } from '../../lambdas/enqueue/enqueue-job.ts';
import { notifyEnd } from '../../lambdas/notify/notify-end.ts';
import { s3Notification, uploadsOf } from '../../lambdas/receive-upload/upload-events.ts';
import { retryAssembly } from '../../lambdas/retry/retry-assembly.ts';
import type { User } from '../../lambdas/shared/authenticate.ts';
import { deliveryMessage } from '../../lambdas/shared/delivery-message.ts';
import { jobMessage } from '../../lambdas/shared/job-message.ts';
import { queueConsumer } from '../../lambdas/shared/queue-consumer.ts';
import { readAssembly } from '../../lambdas/shared/read-assembly.ts';
import { receiveUploads } from '../../lambdas/shared/receive-uploads.ts';
import { streamConsumer } from '../../lambdas/shared/stream-consumer.ts';
import { updateStatus } from '../../lambdas/status-update/update-status.ts';
import { submitAssembly } from '../../lambdas/submit/submit-assembly.ts';
import { recoverAssemblies } from '../../lambdas/sweep/recover-assemblies.ts';
import { sendDueDeliveries } from '../../lambdas/sweep/send-due-deliveries.ts';
import { dispatchDelivery } from '../../lambdas/webhook-dispatcher/dispatch-delivery.ts';
import { LEASE_MARGIN_SECONDS, runAssembly } from '../../lambdas/worker/run-assembly.ts';
import { WEBHOOK_SCHEDULE } from '../../lib/domain/retry-schedule.ts';
import type { StatusUpdate } from '../../lib/domain/status-update.ts';
import type { SubmitRequest } from '../../lib/domain/submit-request.ts';
import { REGISTRY } from './job-templates.ts';
import type { Ports } from './ports.ts';

/** Seconds, as in lib/waybill-stack.ts. */
export const TIMEOUTS = {
  submit: 10,
  cancel: 10,
  retry: 10,
  'status-update': 10,
  enqueue: 60,
  notify: 60,
  worker: 300,
  bury: 10,
  'webhook-dispatcher': 30,
  'receive-upload': 30,
  sweep: 60,
} as const;

export const LEASE_SECONDS = TIMEOUTS.worker + LEASE_MARGIN_SECONDS;
const END_MARGIN_SECONDS = 10;
const UPLOAD_TIMEOUT_SECONDS = 24 * 3600;

export interface Owned {
  readonly assemblyId: string;
  readonly user: User;
}

const MASTER_SECRET = 'a secret that no receiver of the simulation looks at';
const log = { info: () => {}, warn: () => {} };

/** What each function does, wired as its handler.ts wires it, but to the ports of one invocation. */
export function functionsOf(ports: Ports) {
  const { invocation, random, store, deliveries, files, jobs, webhooks, failures, templates } = ports;
  const { now } = invocation.clock;
  const retention = { retentionDays: 30 };
  const retry = { baseSeconds: 5, random };
  const masterSecret = async () => MASTER_SECRET;
  const read = ({ assemblyId, user }: Owned) =>
    readAssembly({ assemblyId, owner: user.owner, forDecision: true }, { store, now });

  return {
    submit: ({ request, user }: { readonly request: SubmitRequest; readonly user: User }) =>
      submitAssembly(request, user, {
        store,
        files,
        templates: REGISTRY,
        maxUploadBytes: 1_000_000,
        webhookPolicy: { allowHttp: false, allowedCidrs: [] },
        branch: 'main',
        now,
      }),

    cancel: async (owned: Owned) => cancelAssembly(await read(owned), { store, now, ...retention }),

    retry: async (owned: Owned & { readonly attempt?: number }) =>
      retryAssembly(await read(owned), owned.attempt, { store, files, now }),

    'status-update': ({
      assemblyId,
      update,
    }: {
      readonly assemblyId: string;
      readonly update: StatusUpdate;
    }) => updateStatus(assemblyId, update, { store, now, ...retention }),

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
            retry,
            leaseSeconds: LEASE_SECONDS,
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
          ...{ store, files, jobs, retry, uploadTimeoutSeconds, mayGoOn, onError, now },
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
