import canonicalize from 'canonicalize';
import { type Assembly, ownerOf } from '../../lib/domain/assembly.ts';
import { assemblyId, fieldsMd5 } from '../../lib/domain/identifier.ts';
import type { Json } from '../../lib/domain/json.ts';
import { isRestartable, RESTARTABLE } from '../../lib/domain/state-machine.ts';
import {
  DEFAULT_MAX_RETRIES,
  MAX_FIELDS_BYTES,
  type SubmitRequest,
} from '../../lib/domain/submit-request.ts';
import type { Template } from '../../lib/domain/template.ts';
import type { TemplateRegistry } from '../../lib/domain/template-registry.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { type WebhookPolicy, whyRefused } from '../../lib/domain/webhook-address.ts';
import type { AssemblyChange, AssemblyStore, NewAssembly } from '../shared/assembly-store.ts';
import type { User } from '../shared/authenticate.ts';
import { parseWith } from '../shared/parse-request.ts';

export interface SubmitDependencies {
  readonly store: Pick<AssemblyStore, 'create' | 'change'>;
  readonly templates: TemplateRegistry;
  readonly webhookPolicy: WebhookPolicy;
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
}

/** Everything that is decided before anything is written. */
interface Plan {
  readonly assemblyId: string;
  readonly template: Template;
  readonly fieldsMd5: string | undefined;
}

/**
 * The id that the request has, or would have.
 * @throws WaybillError `unknown_template`, `invalid_fields`, `payload_too_large`, `webhook_url_refused`
 */
export function planSubmission(
  request: SubmitRequest,
  { owner }: User,
  { templates, webhookPolicy }: Pick<SubmitDependencies, 'templates' | 'webhookPolicy'>,
): Plan {
  const template = templates.get(request.template_id);
  if (!template)
    throw new WaybillError('unknown_template', 'See "errors" for the place.', {
      errors: [{ pointer: '/template_id', detail: `is none of ${[...templates.keys()].join(', ')}` }],
    });
  assertFields(request.fields, template);
  assertWebhookUrl(request.webhook_url, webhookPolicy);
  const md5 = request.fields && fieldsMd5(request.fields);
  const identity = { md5s: md5 === undefined ? [] : [md5], templateId: template.id, owner };
  return { assemblyId: assemblyId(identity), template, fieldsMd5: md5 };
}

/**
 * Accepts work with one conditional write. Submitting the same again is always safe: an active, completed or partial
 * assembly is returned as it is, a failed or canceled one starts a new attempt with a fresh retry budget.
 * @throws WaybillError as `planSubmission`; `different_input` where the id is taken by other input
 */
export async function submitAssembly(
  request: SubmitRequest,
  user: User,
  dependencies: SubmitDependencies,
): Promise<Submission> {
  const { store, now } = dependencies;
  const plan = planSubmission(request, user, dependencies);
  const created = await store.create(newAssembly(request, plan, user, dependencies), now());
  if (created.written) return { assembly: created.assembly, created: true, restarted: false };
  return resubmit(request, plan, user, created.assembly, dependencies);
}

async function resubmit(
  request: SubmitRequest,
  plan: Plan,
  user: User,
  existing: Assembly | undefined,
  { store, now }: SubmitDependencies,
): Promise<Submission> {
  if (!existing) throw new WaybillError('unavailable', 'The assembly changed while it was submitted.');
  assertSameInput(existing, plan, user);
  if (!isRestartable(existing.status)) return { assembly: existing, created: false, restarted: false };
  const { written, assembly } = await store.change(
    existing.assembly_id,
    restartChange(existing, request, now()),
    now(),
  );
  // Refused: somebody else's submission of the same restarted it a moment ago, and that is the answer to this one too.
  return { assembly: assembly ?? existing, created: false, restarted: written };
}

function newAssembly(
  request: SubmitRequest,
  { assemblyId, template, fieldsMd5 }: Plan,
  { userId }: User,
  { branch, now }: SubmitDependencies,
): NewAssembly {
  const time = now().toISOString();
  return {
    assembly_id: assemblyId,
    template_id: template.id,
    user_id: userId,
    status: 'queued',
    attempt: 1,
    claim: 0,
    external: template.external ?? false,
    branch,
    ...(request.fields && { fields: request.fields as Json, fields_md5: fieldsMd5 }),
    ...submitterSettings(request),
    progress: 0,
    retry_count: 0,
    created_at: time,
    queued_at: time,
  };
}

/** What is not part of the id: the first submission's holds until a restart takes new ones. */
const submitterSettings = ({ reference, webhook_url, max_retries }: SubmitRequest) => ({
  reference,
  webhook_url,
  max_retries: max_retries ?? DEFAULT_MAX_RETRIES,
});

function restartChange({ attempt, version }: Assembly, request: SubmitRequest, now: Date): AssemblyChange {
  const settings = submitterSettings(request);
  return {
    from: RESTARTABLE,
    attempt,
    version,
    set: {
      ...settings,
      status: 'queued',
      attempt: attempt + 1,
      progress: 0,
      retry_count: 0,
      queued_at: now.toISOString(),
    },
    remove: [
      ...(settings.reference === undefined ? (['reference'] as const) : []),
      ...(settings.webhook_url === undefined ? (['webhook_url'] as const) : []),
      ...(['progress_message', 'result', 'error', 'started_at', 'ended_at'] as const),
      ...(['lease_ends_at', 'expires_at'] as const),
    ],
  };
}

function assertFields(fields: SubmitRequest['fields'], template: Template): void {
  if (fields && Buffer.byteLength(canonicalize(fields) ?? '') > MAX_FIELDS_BYTES)
    throw new WaybillError('payload_too_large', 'See "errors" for the place.', {
      errors: [
        { pointer: '/fields', detail: `may have ${MAX_FIELDS_BYTES / 1024} KB as canonical JSON at most` },
      ],
    });
  parseWith(template.fields, fields ?? {}, { code: 'invalid_fields', root: '/fields' });
}

function assertWebhookUrl(url: string | undefined, policy: WebhookPolicy): void {
  const reason = url === undefined ? undefined : whyRefused(url, policy);
  if (reason === undefined) return;
  throw new WaybillError('webhook_url_refused', 'See "errors" for the place.', {
    errors: [{ pointer: '/webhook_url', detail: reason }],
  });
}

/** An upload that holds the bytes of somebody's canonical fields gives their id: of that input nothing is shown. */
function assertSameInput(existing: Assembly, { template, fieldsMd5 }: Plan, { owner }: User): void {
  const same =
    existing.fields_md5 === fieldsMd5 && existing.template_id === template.id && ownerOf(existing) === owner;
  if (!same)
    throw new WaybillError('different_input', 'Change the input, for example by a "nonce" in "fields".');
}
