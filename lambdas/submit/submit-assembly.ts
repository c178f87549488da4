import { type Assembly, isExpired, missingUploads } from '../../lib/domain/assembly.ts';
import { DEFAULT_EXTERNAL_TIMEOUT_SECONDS, queuedAt, uploadingAt } from '../../lib/domain/deadline.ts';
import type { Json } from '../../lib/domain/json.ts';
import { fieldsKey } from '../../lib/domain/object-key.ts';
import { sees } from '../../lib/domain/owner.ts';
import { isRestartable } from '../../lib/domain/state-machine.ts';
import { NO_SUBMISSIONS, requeued } from '../../lib/domain/submission.ts';
import {
  DEFAULT_MAX_RETRIES,
  MAX_INLINE_FIELDS_BYTES,
  type SubmitRequest,
} from '../../lib/domain/submit-request.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { asSeen, assemblyOwner, type NewAssembly } from '../shared/assembly-change.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';
import type { User } from '../shared/authenticate.ts';
import type { FileStore } from '../shared/file-store.ts';
import { logContext } from '../shared/log-context.ts';
import type { LimitHeaders, OwnerLimiter } from '../shared/owner-limiter.ts';
import { receiveUploads } from '../shared/receive-uploads.ts';
import { type Restart, restartChange } from '../shared/restart-change.ts';
import { uploadsInBucket } from '../shared/uploads-in-bucket.ts';
import { type Plan, type PlanDependencies, planSubmission } from './plan-submission.ts';

export interface SubmitDependencies extends PlanDependencies {
  readonly store: Pick<AssemblyStore, 'create' | 'change' | 'get'>;
  readonly limiter: OwnerLimiter;
  readonly files: Pick<FileStore, 'has' | 'writeText'>;
  /** The Git branch that the stack was deployed from. */
  readonly branch: string;
  readonly now: () => Date;
}

export interface Submission {
  readonly assembly: Assembly;
  /** True where the assembly did not exist before. */
  readonly created: boolean;
  /** True where a failed or canceled one started a new attempt. */
  readonly restarted: boolean;
  /** What is left of the limits of the owner. */
  readonly limits: LimitHeaders;
}

/**
 * Accepts work with one conditional write. Submitting the same again is always safe: an active, completed or partial
 * assembly is returned as it is, a failed or canceled one starts a new attempt with a fresh retry budget.
 * @throws WaybillError as `planSubmission`; `different_input` where the id is taken by other input; `too_many_submissions`,
 *   `too_many_open`
 */
export async function submitAssembly(
  request: SubmitRequest,
  user: User,
  dependencies: SubmitDependencies,
): Promise<Submission> {
  const { store, files, now } = dependencies;
  const plan = planSubmission(request, user, dependencies);
  logContext.add({ assembly_id: plan.assemblyId });
  const { limits, existing } = await admit(plan, user, dependencies);
  if (existing) return { ...(await resubmit(request, existing, plan, dependencies)), limits };
  if (plan.fields && !isInline(plan.fields.canonical))
    await files.writeText(fieldsKey(plan.assemblyId, plan.fields.md5), plan.fields.canonical);
  const created = await store.create(newAssembly(request, plan, user, dependencies), now());
  if (created.written) return { assembly: created.assembly, created: true, restarted: false, limits };
  if (!created.assembly)
    throw new WaybillError('unavailable', 'The assembly changed while it was submitted.');
  assertSameInput(created.assembly, plan, user);
  return { ...(await resubmit(request, created.assembly, plan, dependencies)), limits };
}

/**
 * Takes the owner's turn before anything is written. Whoever has as many open assemblies as they may can still submit again
 * what they have: that opens none.
 */
async function admit(
  plan: Plan,
  user: User,
  { limiter, store, now }: SubmitDependencies,
): Promise<{ limits: LimitHeaders; existing?: Assembly }> {
  const owner = assemblyOwner({ tenant_id: user.tenantId, user_id: user.userId });
  try {
    return { limits: await limiter.take(owner, true, now()) };
  } catch (error) {
    if (!(error instanceof WaybillError && error.code === 'too_many_open')) throw error;
    const existing = await store.get(plan.assemblyId, { consistent: true });
    if (!existing || isExpired(existing, now()) || isRestartable(existing.status)) throw error;
    assertSameInput(existing, plan, user);
    return { limits: await limiter.take(owner, false, now()), existing };
  }
}

async function resubmit(
  request: SubmitRequest,
  existing: Assembly,
  plan: Plan,
  dependencies: SubmitDependencies,
): Promise<Omit<Submission, 'limits'>> {
  const { store, files, now } = dependencies;
  if (existing.status === 'uploading') {
    const announced = await announceAnew(existing, plan, dependencies);
    // The event of an upload may be late or lost: looking shows the same.
    const found = await uploadsInBucket(announced, missingUploads(announced), files);
    const assembly = await receiveUploads(announced, found, dependencies);
    return { assembly, created: false, restarted: false };
  }
  if (!isRestartable(existing.status)) return { assembly: existing, created: false, restarted: false };
  const { uploads } = plan;
  const received = await uploadsInBucket(existing, uploads, files);
  const change = restartChange(existing, { uploads, received, ...freshSettings(request) }, now());
  const { written, assembly } = await store.change(existing.assembly_id, change, now());
  // Refused: somebody else's submission of the same restarted it a moment ago, and that is the answer to this one too.
  return { assembly: assembly ?? existing, created: false, restarted: written };
}

/**
 * What has not come yet may be announced anew: with a wrong size or type in the first submission, S3 would refuse the
 * right file for ever.
 */
async function announceAnew(
  existing: Assembly,
  plan: Plan,
  { store, now }: SubmitDependencies,
): Promise<Assembly> {
  const { uploads = [], received = [] } = existing;
  const anew = uploads.map((upload) =>
    received.includes(upload.id) ? upload : (plan.uploads.find(({ id }) => id === upload.id) ?? upload),
  );
  if (JSON.stringify(anew) === JSON.stringify(uploads)) return existing;
  const change = { ...asSeen(existing), set: { uploads: anew } };
  const { assembly } = await store.change(existing.assembly_id, change, now());
  // Refused: an upload came in this moment, and the next submission announces what is missing then.
  return assembly ?? existing;
}

const isInline = (canonical: string): boolean => Buffer.byteLength(canonical) <= MAX_INLINE_FIELDS_BYTES;

function newAssembly(
  request: SubmitRequest,
  { assemblyId, template, uploads, fields, submission_count }: Plan,
  { tenantId, userId }: User,
  { branch, now }: SubmitDependencies,
): NewAssembly {
  const time = now();
  const timeout_seconds = template.external
    ? (template.timeout ?? DEFAULT_EXTERNAL_TIMEOUT_SECONDS)
    : undefined;
  return {
    assembly_id: assemblyId,
    template_id: template.id,
    user_id: userId,
    ...(tenantId !== undefined && { tenant_id: tenantId }),
    timeout_seconds,
    ...(uploads.length > 0
      ? { ...uploadingAt(time), uploads, received: [] }
      : queuedAt(time, { timeout_seconds, submission_count })),
    ...(submission_count !== undefined && {
      submission_count,
      submission_counts: requeued(NO_SUBMISSIONS, submission_count),
    }),
    attempt: 1,
    claim: 0,
    external: template.external ?? false,
    branch,
    ...(fields && { fields_md5: fields.md5 }),
    ...(fields && isInline(fields.canonical) && { fields: request.fields as Json }),
    ...submitterSettings(request),
    progress: 0,
    retry_count: 0,
    created_at: time.toISOString(),
  };
}

/** What is not part of the id: the first submission's holds until a restart takes new ones. */
const submitterSettings = ({ reference, webhook_url, max_retries }: SubmitRequest) => ({
  reference,
  webhook_url,
  max_retries: max_retries ?? DEFAULT_MAX_RETRIES,
});

/** A new attempt by submission takes the new settings, and has all its retries again. */
function freshSettings(request: SubmitRequest): Pick<Restart, 'set' | 'remove'> {
  const settings = submitterSettings(request);
  return {
    set: { ...settings, retry_count: 0 },
    remove: (['reference', 'webhook_url'] as const).filter((name) => settings[name] === undefined),
  };
}

/**
 * An upload that holds the bytes of somebody's canonical fields gives their id: of that input nothing is shown. Another
 * template or owner cannot happen by the rules for ids; the cause makes it an error in the log.
 */
function assertSameInput(existing: Assembly, { template, fields }: Plan, user: User): void {
  const detail = 'Change the input, for example by a "nonce" in "fields".';
  if (existing.template_id !== template.id || !sees(user, existing)) {
    const cause = new Error(`Two owners or templates share the id ${existing.assembly_id}`);
    throw new WaybillError('different_input', detail, { cause });
  }
  if (existing.fields_md5 !== fields?.md5) throw new WaybillError('different_input', detail);
}
