import { assemblyId, canonicalFields, fieldsMd5 } from '../../lib/domain/identifier.ts';
import { recipientFaults, recipientsOf } from '../../lib/domain/recipients.ts';
import { MAX_FIELDS_BYTES, type SubmitRequest } from '../../lib/domain/submit-request.ts';
import type { Template } from '../../lib/domain/template.ts';
import type { TemplateRegistry } from '../../lib/domain/template-registry.ts';
import { identifyUploads, type Upload } from '../../lib/domain/upload.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { type WebhookPolicy, whyRefused } from '../../lib/domain/webhook-address.ts';
import type { User } from '../shared/authenticate.ts';
import { parseWith } from '../shared/parse-request.ts';

export interface PlanDependencies {
  readonly templates: TemplateRegistry;
  readonly webhookPolicy: WebhookPolicy;
  readonly maxUploadBytes: number;
}

/** Everything that is decided before anything is written. */
export interface Plan {
  readonly assemblyId: string;
  readonly template: Template;
  readonly uploads: readonly Upload[];
  /** Undefined where the request has none. */
  readonly fields: { readonly md5: string; readonly canonical: string } | undefined;
  /** How many recipients it has; undefined where the template sends to nobody. */
  readonly submission_count: number | undefined;
}

/**
 * The id that the request has, or would have.
 * @throws WaybillError `unknown_template`, `invalid_uploads`, `invalid_fields`, `payload_too_large`, `webhook_url_refused`
 */
export function planSubmission(
  request: SubmitRequest,
  { owner }: User,
  { templates, webhookPolicy, maxUploadBytes }: PlanDependencies,
): Plan {
  const template = templates.get(request.template_id);
  if (!template) {
    const detail = `is none of ${[...templates.keys()].join(', ')}`;
    throw refused('unknown_template', [{ pointer: '/template_id', detail }]);
  }
  const uploads = identifyUploads(request.uploads ?? []);
  assertUploads(uploads, template, maxUploadBytes);
  const fields = planFields(request.fields, template);
  assertWebhookUrl(request.webhook_url, webhookPolicy);
  const submission_count = template.fanOut && recipientsOf(request.fields)?.length;
  const md5s = [...uploads.map(({ md5hash }) => md5hash), ...(fields ? [fields.md5] : [])];
  const id = assemblyId({ md5s, templateId: template.id, owner });
  return { assemblyId: id, template, uploads, fields, submission_count };
}

function assertUploads(uploads: readonly Upload[], template: Template, maxUploadBytes: number): void {
  const { min, max } = template.uploads ?? { min: 0, max: 0 };
  const errors = uploads.flatMap(({ size }, index) =>
    size > maxUploadBytes
      ? [{ pointer: `/uploads/${index}/size`, detail: `may be ${maxUploadBytes} at most` }]
      : [],
  );
  for (const [index, { md5hash, size }] of uploads.entries())
    if (uploads.some((other) => other.md5hash === md5hash && other.size !== size))
      errors.push({ pointer: `/uploads/${index}/size`, detail: 'differs from that of the same md5' });
  if (uploads.length < min || uploads.length > max) {
    const detail =
      max === 0 ? 'must be absent: the template takes no files' : `must be ${min} to ${max} files`;
    errors.push({ pointer: '/uploads', detail });
  }
  if (errors.length > 0) throw refused('invalid_uploads', errors);
}

function planFields(fields: SubmitRequest['fields'], template: Template): Plan['fields'] {
  const canonical = fields && canonicalFields(fields);
  if (canonical !== undefined && Buffer.byteLength(canonical) > MAX_FIELDS_BYTES) {
    const detail = `may have ${MAX_FIELDS_BYTES / 2 ** 20} MB as canonical JSON at most`;
    throw refused('payload_too_large', [{ pointer: '/fields', detail }]);
  }
  const errors = template.fanOut ? recipientFaults(fields) : [];
  if (errors.length > 0) throw refused('invalid_fields', errors);
  parseWith(template.fields, fields ?? {}, { code: 'invalid_fields', root: '/fields' });
  return canonical === undefined ? undefined : { canonical, md5: fieldsMd5(canonical) };
}

function assertWebhookUrl(url: string | undefined, policy: WebhookPolicy): void {
  const detail = url === undefined ? undefined : whyRefused(url, policy);
  if (detail !== undefined) throw refused('webhook_url_refused', [{ pointer: '/webhook_url', detail }]);
}

const refused = (...[code, errors]: [WaybillError['code'], WaybillError['errors']]): WaybillError =>
  new WaybillError(code, 'See "errors" for the place.', { errors });
