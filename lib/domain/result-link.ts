import { createHmac, timingSafeEqual } from 'node:crypto';
import { epochSeconds } from './assembly.ts';
import { deriveSecret, type SecretName } from './signature.ts';

/** What a link opens: one result of one attempt, until it expires. */
export interface LinkedResult {
  readonly assemblyId: string;
  readonly attempt: number;
  readonly resultId: string;
  /** Epoch seconds. */
  readonly expires: number;
}

const HOUR = 3_600;
/** Of a link in a status. */
export const STATUS_LINK_SECONDS = 24 * HOUR;
/** Of a link in a webhook: a receiver may look at it days later. */
export const WEBHOOK_LINK_SECONDS = 7 * 24 * HOUR;

/** Rounded up to the hour, so that a status read twice has the same links, and the same ETag. */
export const linkExpiry = (now: Date, seconds: number): number =>
  Math.ceil((epochSeconds(now) + seconds) / HOUR) * HOUR;

export const ownerLinkSecret = (owner: string): SecretName => ({
  purpose: 'ssl_url',
  owner,
  endpoint: '',
  generation: 1,
});

/** Makes and checks the links of one owner. A link says by itself who may open it: nothing presigned is stored. */
export class ResultLinks {
  private readonly secret: string;

  constructor(master: string, owner: string) {
    this.secret = deriveSecret(master, ownerLinkSecret(owner));
  }

  /** The `ssl_url` of a result. */
  url(baseUrl: string, result: LinkedResult): string {
    const { assemblyId, resultId, expires } = result;
    return `${baseUrl}/assemblies/${assemblyId}/results/${resultId}?exp=${expires}&sig=${this.signature(result)}`;
  }

  /** In constant time. Says nothing of whether it has expired. */
  isSigned(result: LinkedResult, signature: string): boolean {
    const expected = Buffer.from(this.signature(result));
    const given = Buffer.from(signature);
    return expected.length === given.length && timingSafeEqual(expected, given);
  }

  private signature({ assemblyId, attempt, resultId, expires }: LinkedResult): string {
    const text = JSON.stringify([assemblyId, attempt, resultId, expires]);
    return createHmac('sha256', this.secret).update(text).digest('base64url');
  }
}
