import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

export type SecretPurpose = 'webhook' | 'ssl_url' | 'cursor';

/** Which secret of which owner: the `info` of the derivation. Other generations come with rotation. */
export interface SecretName {
  readonly purpose: SecretPurpose;
  readonly owner: string;
  /** Empty for the secret that signs all `webhook_url`s of an owner. */
  readonly endpoint: string;
  readonly generation: number;
}

export const ownerWebhookSecret = (owner: string): SecretName => ({
  purpose: 'webhook',
  owner,
  endpoint: '',
  generation: 1,
});

const SECRET_PREFIX = 'whsec_';
/** Standard Webhooks asks for 24 to 64 bytes. */
const SECRET_BYTES = 32;

/**
 * `whsec_` + base64, derived from the master secret by HKDF-SHA-256 (RFC 5869): no table ever holds a secret.
 * The info is a JSON array, because plain concatenation would give two names one secret.
 */
export function deriveSecret(master: string, { purpose, owner, endpoint, generation }: SecretName): string {
  const info = JSON.stringify([purpose, owner, endpoint, generation]);
  const key = hkdfSync('sha256', masterKey(master), '', info, SECRET_BYTES);
  return SECRET_PREFIX + Buffer.from(key).toString('base64');
}

let lastMaster: { readonly text: string; readonly key: KeyObject } | undefined;
/** There is one in a deployment, and to make a key of it takes longer than the derivation. */
function masterKey(text: string): KeyObject {
  if (lastMaster?.text !== text) lastMaster = { text, key: createSecretKey(text, 'utf8') };
  return lastMaster.key;
}

export interface WebhookMessage {
  readonly id: string;
  /** Of this attempt, not of the event, or receivers would refuse late retries as replays. */
  readonly sentAt: Date;
  readonly body: string;
}

/**
 * The headers that let a receiver trust the body: those of Standard Webhooks, keyed with the decoded secret, and
 * `x-transflow-signature` of seed 003, keyed with the UTF-8 bytes of the whole secret string.
 * Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signatureHeaders(
  { id, sentAt, body }: WebhookMessage,
  secret: string,
): Record<string, string> {
  const timestamp = Math.floor(sentAt.getTime() / 1000).toString();
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  const standard = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`, 'utf8').digest('base64');
  const transflow = createHmac('sha256', secret).update(body, 'utf8').digest('hex');
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${standard}`,
    'x-transflow-signature': `sha256=${transflow}`,
  };
}
