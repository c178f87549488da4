/** What constructs and lambdas agree on. A name that both sides write stands here and nowhere else. */

/** Environment variables of the functions. */
export const ENV = {
  JOBS_TABLE: 'JOBS_TABLE',
  DELIVERIES_TABLE: 'DELIVERIES_TABLE',
  SUBMISSIONS_TABLE: 'SUBMISSIONS_TABLE',
  RATE_LIMITS_TABLE: 'RATE_LIMITS_TABLE',
  QUEUE_TABLE: 'QUEUE_TABLE',
  JOBS_QUEUE_URL: 'JOBS_QUEUE_URL',
  WEBHOOKS_QUEUE_URL: 'WEBHOOKS_QUEUE_URL',
  SUBMISSIONS_QUEUE_URL: 'SUBMISSIONS_QUEUE_URL',
  TALLY_QUEUE_URL: 'TALLY_QUEUE_URL',
  /** For each owner; 0 is no limit. */
  OWNER_SUBMISSIONS_PER_MINUTE: 'OWNER_SUBMISSIONS_PER_MINUTE',
  OWNER_OPEN_ASSEMBLIES: 'OWNER_OPEN_ASSEMBLIES',
  FILES_BUCKET: 'FILES_BUCKET',
  /** Of the HTTP API, without a slash at its end. */
  API_URL: 'API_URL',
  MAX_UPLOAD_BYTES: 'MAX_UPLOAD_BYTES',
  /** The ARN of a secret, the URL of a key set, or a key set. */
  JWT_KEYS: 'JWT_KEYS',
  JWT_ISSUER: 'JWT_ISSUER',
  JWT_AUDIENCE: 'JWT_AUDIENCE',
  /** The only `typ` of tokens that is accepted; empty for those of access tokens. */
  JWT_TYPE: 'JWT_TYPE',
  /** `true` or `false`: whether tokens and secrets name tenants, and whether requests have to. */
  TENANTS: 'TENANTS',
  SITE_ID_REQUIRED: 'SITE_ID_REQUIRED',
  READ_SECRET: 'READ_SECRET',
  UPDATE_SECRET: 'UPDATE_SECRET',
  MASTER_SECRET: 'MASTER_SECRET',
  BRANCH: 'BRANCH',
  RETENTION_DAYS: 'RETENTION_DAYS',
  WORKER_TIMEOUT_SECONDS: 'WORKER_TIMEOUT_SECONDS',
  /** JSON: what the deployment tells its templates, by their ids. */
  TEMPLATE_CONFIG: 'TEMPLATE_CONFIG',
  /** Of one call of a template's `send`. */
  SUBMISSION_TIMEOUT_SECONDS: 'SUBMISSION_TIMEOUT_SECONDS',
  RETRY_BASE_SECONDS: 'RETRY_BASE_SECONDS',
  UPLOAD_TIMEOUT_SECONDS: 'UPLOAD_TIMEOUT_SECONDS',
  /** `true` or `false`. */
  WEBHOOK_ALLOW_HTTP: 'WEBHOOK_ALLOW_HTTP',
  /** Comma-separated. */
  WEBHOOK_ALLOWED_CIDRS: 'WEBHOOK_ALLOWED_CIDRS',
  /** Seconds from each failed attempt to the next, comma-separated. */
  WEBHOOK_SCHEDULE: 'WEBHOOK_SCHEDULE',
  /** Read by the logger itself. */
  POWERTOOLS_LOG_LEVEL: 'POWERTOOLS_LOG_LEVEL',
} as const;
export type EnvName = keyof typeof ENV;

/** Folders below lambdas/, each a function of the stack. */
export const FUNCTIONS = [
  'submit',
  'status',
  'list',
  'status-update',
  'retry',
  'cancel',
  'results',
  'submissions',
  'deliveries',
  'webhook-secret',
  'health',
  'openapi',
  'docs',
  'receive-upload',
  'enqueue',
  'notify',
  'worker',
  'bury',
  'enqueue-submissions',
  'submission-worker',
  'bury-submission',
  'plan-tally',
  'tally',
  'webhook-dispatcher',
  'sweep',
] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** What the functions run on, in the words of npm; native packages are installed for it. */
export const WORKER_PLATFORM = { os: 'linux', cpu: 'arm64', libc: 'glibc' } as const;

/** The id of a function's construct: `status-update` → `StatusUpdate`. */
export const functionId = (name: FunctionName): string =>
  name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Routes of the HTTP API and the functions behind them. */
export const ROUTES = [
  { method: 'POST', path: '/assemblies', function: 'submit' },
  { method: 'GET', path: '/assemblies', function: 'list' },
  { method: 'GET', path: '/assemblies/{assembly_id}', function: 'status' },
  { method: 'GET', path: '/status', function: 'status' },
  { method: 'POST', path: '/assemblies/batch-status', function: 'status' },
  { method: 'POST', path: '/assemblies/{assembly_id}/status', function: 'status-update' },
  { method: 'POST', path: '/assemblies/{assembly_id}/retry', function: 'retry' },
  { method: 'DELETE', path: '/assemblies/{assembly_id}', function: 'cancel' },
  { method: 'GET', path: '/assemblies/{assembly_id}/results/{result_id}', function: 'results' },
  { method: 'GET', path: '/assemblies/{assembly_id}/submissions', function: 'submissions' },
  { method: 'GET', path: '/assemblies/{assembly_id}/deliveries', function: 'deliveries' },
  { method: 'GET', path: '/webhook-secret', function: 'webhook-secret' },
  { method: 'GET', path: '/health', function: 'health' },
  { method: 'GET', path: '/openapi.json', function: 'openapi' },
  { method: 'GET', path: '/docs', function: 'docs' },
  { method: 'GET', path: '/docs/scalar.js', function: 'docs' },
] as const satisfies readonly { method: string; path: string; function: FunctionName }[];

/** Functions that have a route. */
export type RouteFunction = (typeof ROUTES)[number]['function'];

/** Those of them that answer whoever asks: the others want a token, a shared secret or a signed link. */
export const PUBLIC_FUNCTIONS = ['health', 'openapi', 'docs'] as const satisfies readonly RouteFunction[];

/** Beside the longest `send`, the submission worker reads what it needs before and writes what came of it after. */
export const SUBMISSION_MARGIN_SECONDS = 10;

export const JOBS_KEY = 'assembly_id';
export const SUBMISSIONS_KEY = { partition: 'assembly_id', sort: 'submission_id' } as const;
export const DELIVERIES_KEY = { partition: 'endpoint_id', sort: 'event_id' } as const;
export const RATE_LIMITS_KEY = 'limit_key';
export const QUEUE_KEY = { partition: 'queue', sort: 'at' } as const;
/** The sparse index of open assemblies by deadline. */
export const OPEN_INDEX = { name: 'open', partition: 'open_shard', sort: 'deadline_at' } as const;
/**
 * Indexes of the jobs table for lists. All are sorted by one attribute that never changes; `includes` is what a row holds beside
 * its keys.
 */
export const LIST_INDEXES = {
  byOwner: { name: 'by_owner', partition: 'owner_key', includes: ['template_id'] },
  byOwnerStatus: {
    name: 'by_owner_status',
    partition: 'owner_status',
    includes: ['template_id', 'next_retry_at'],
  },
  /** Sparse: of those that have a reference. */
  byReference: { name: 'by_reference', partition: 'owner_reference', includes: ['template_id'] },
  /** Across owners, so it is sharded: one template can be all there is. */
  byTemplate: { name: 'by_template', partition: 'template_shard', includes: [] },
} as const satisfies Record<string, { name: string; partition: string; includes: readonly string[] }>;
export type ListIndex = keyof typeof LIST_INDEXES;
export const LIST_POSITION = 'list_position';
/** Indexes of the deliveries table: of what is pending by when it is due, and of all by assembly. */
export const DELIVERIES_INDEXES = {
  due: { name: 'due', partition: 'due_shard', sort: 'due_at' },
  byAssembly: { name: 'by_assembly', partition: 'assembly_id', sort: 'created_at' },
} as const;
export const TTL_ATTRIBUTE = 'expires_at';

/** Metrics that functions log, and alarms and the dashboard watch. */
export const METRIC_NAMESPACE = 'Waybill';
export const METRIC_DIMENSIONS = { service: 'waybill' } as const;

/**
 * Each has the dimensions above and, where it is counted by something, that one more, whose every value is named here or is the id
 * of a template of the registry: each new value of a dimension is a metric of its own that CloudWatch bills. So none is ever a
 * user, an id or a text of theirs.
 */
export const METRICS = {
  /** Attempts: an assembly that is new, or begins anew. */
  JobsAccepted: { unit: 'Count' },
  /** Attempts that have ended. */
  JobsFinished: { unit: 'Count', by: 'status', values: ['completed', 'partial', 'failed', 'canceled'] },
  /**
   * How much of an attempt that ended was done, so that the average is the completion rate. Not of those that somebody
   * canceled.
   */
  CompletionRate: { unit: 'Percent', by: 'template', valuesFrom: 'templates' },
  /** From the acceptance of an attempt to its first claim. */
  TimeToStart: { unit: 'Milliseconds' },
  /** From the acceptance of an attempt to its end. */
  TimeToEnd: { unit: 'Milliseconds' },
  /** From queued to the first claim of an attempt by our own worker. A repeated run waits on purpose, so it says nothing. */
  QueueWait: { unit: 'Milliseconds' },
  /** `retried`: the same attempt waits for another run. `lost`: its worker did not come back. */
  RunsEnded: {
    unit: 'Count',
    by: 'outcome',
    values: ['completed', 'partial', 'failed', 'canceled', 'retried', 'lost'],
  },
  WebhookAttempts: {
    unit: 'Count',
    by: 'outcome',
    values: ['delivered', 'retried', 'exhausted', 'gone'],
  },
  StatusChecks: {
    unit: 'Count',
    by: 'result',
    values: ['found', 'not_modified', 'not_found', 'unauthenticated', 'invalid', 'unavailable'],
  },
  OldestDueDeliverySeconds: { unit: 'Seconds' },
  RecordsPutAside: { unit: 'Count' },
  SweepFailures: { unit: 'Count' },
  /** Submissions that were accepted without asking for the limits of their owner, as these could not be read. */
  LimitsNotAsked: { unit: 'Count' },
} as const;
export type MetricName = keyof typeof METRICS;

/** Every value that the metric's own dimension can have; that is one `undefined` where it has none. */
export function dimensionValues(
  name: MetricName,
  templateIds: Iterable<string>,
): readonly (string | undefined)[] {
  const metric = METRICS[name];
  if ('values' in metric) return metric.values;
  return 'valuesFrom' in metric ? [...templateIds] : [undefined];
}
