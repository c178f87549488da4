import type { Construct } from 'constructs';
import type { FunctionName, RouteFunction } from '../bindings.ts';
import { FUNCTION_TIMEOUTS } from './function-timeouts.ts';
import type { StackParts } from './stack-parts.ts';
import { WaybillFunction } from './waybill-function.ts';
import { webhookPolicy } from './webhook-policy.ts';

/** The functions behind the routes of the HTTP API, each with what it may do. */
export function requestFunctions(
  scope: Construct,
  { settings, jobs, submissions, deliveries, rateLimits, queue, queues, files, secrets }: StackParts,
): Record<RouteFunction, WaybillFunction> {
  const { bundles } = settings;
  const create = (name: FunctionName) => new WaybillFunction(scope, name, { bundles });
  const retention = { RETENTION_DAYS: String(settings.retentionDays) };

  const submit = create('submit');
  jobs.grantCreate(submit);
  jobs.grantRead(submit);
  jobs.grantCountOpen(submit);
  rateLimits.grantOwnerTurns(submit, settings);
  secrets.grantJwt(submit);
  files.grantReceive(submit);
  submit.set({
    BRANCH: settings.branch,
    MAX_UPLOAD_BYTES: String(settings.maxUploadBytes),
    ...webhookPolicy(settings),
  });

  const status = create('status');
  jobs.grantRead(status);
  jobs.grantReadMany(status);
  queue.grantRead(status);
  deliveries.grantAdd(status);
  queues.webhooks.grantSend(status);
  secrets.grantJwt(status);
  secrets.grantReadSecret(status);

  const list = create('list');
  jobs.grantList(list);
  secrets.grantJwt(list);
  secrets.grantMasterSecret(list);

  const statusUpdate = new WaybillFunction(scope, 'status-update', {
    bundles,
    timeoutSeconds: FUNCTION_TIMEOUTS.statusUpdate,
  });
  jobs.grantRead(statusUpdate);
  jobs.grantChange(statusUpdate);
  submissions.grantExpand(statusUpdate);
  files.grantReadFields(statusUpdate);
  secrets.grantUpdateSecret(statusUpdate);
  statusUpdate.set(retention);

  const retry = create('retry');
  jobs.grantRead(retry);
  jobs.grantChange(retry);
  jobs.grantCountOpen(retry);
  rateLimits.grantOwnerTurns(retry, settings);
  files.grantAnnounce(retry);
  secrets.grantJwt(retry);

  const cancel = create('cancel');
  jobs.grantRead(cancel);
  jobs.grantChange(cancel);
  secrets.grantJwt(cancel);
  cancel.set(retention);

  const results = create('results');
  jobs.grantRead(results);
  files.grantDownload(results);
  secrets.grantJwt(results);
  secrets.grantMasterSecret(results);

  const listSubmissions = create('submissions');
  jobs.grantRead(listSubmissions);
  submissions.grantRead(listSubmissions);
  secrets.grantJwt(listSubmissions);
  secrets.grantReadSecret(listSubmissions);

  const listDeliveries = create('deliveries');
  jobs.grantRead(listDeliveries);
  deliveries.grantList(listDeliveries);
  secrets.grantJwt(listDeliveries);

  const webhookSecret = create('webhook-secret');
  secrets.grantJwt(webhookSecret);
  secrets.grantMasterSecret(webhookSecret);

  return {
    submit,
    status,
    list,
    'status-update': statusUpdate,
    retry,
    cancel,
    results,
    submissions: listSubmissions,
    deliveries: listDeliveries,
    'webhook-secret': webhookSecret,
    health: create('health'),
    openapi: create('openapi'),
    docs: create('docs'),
  };
}
