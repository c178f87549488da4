import { recipientFaults, recipientsOf, submissionIdOf } from '../../lib/domain/recipients.ts';
import type { Receipt, SendContext, Template } from '../../lib/domain/template.ts';

export interface SendOptions {
  /** What `templateConfig` has for the template. */
  readonly config?: unknown;
  /** Which of the recipients it goes to. */
  readonly position?: number;
  readonly signal?: AbortSignal;
}

/** The same for every call, as for every try at one recipient. */
export const IDEMPOTENCY_KEY = 'ab'.repeat(16);

/**
 * Calls a template's `send` as the worker does: fields, recipient and configuration are what its schemas make of them.
 * @throws what `send` throws, and an Error where Waybill would refuse the fields, or the template its configuration
 */
export async function sendTo(
  template: Template,
  fields: unknown,
  { config, position = 0, signal = new AbortController().signal }: SendOptions = {},
): Promise<Receipt | undefined> {
  if (template.external || !template.fanOut) throw new Error(`${template.id} sends to nobody`);
  const [fault] = recipientFaults(fields);
  if (fault) throw new Error(`${fault.pointer} ${fault.detail}`);
  const submitted = recipientsOf(fields)?.[position] ?? {};
  const parsed = template.fields.parse(fields) as { readonly recipients: SendContext['recipient'][] };
  return template.fanOut.send({
    assemblyId: 'a'.repeat(64),
    submissionId: submissionIdOf(submitted) ?? '',
    attempt: 1,
    fields: parsed,
    recipient: parsed.recipients[position] ?? {},
    config: template.config?.parse(config),
    idempotencyKey: IDEMPOTENCY_KEY,
    signal,
    log: { info: () => {}, warn: () => {} },
  });
}
