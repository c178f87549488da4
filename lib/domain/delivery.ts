import type { DeliveryAttempt } from './shown-delivery.ts';

/** `exhausted`: every attempt failed. `gone`: the receiver answered 410. */
export const DELIVERY_STATES = ['pending', 'delivered', 'exhausted', 'gone'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One event for one endpoint, as it is stored. Times are ISO 8601. */
export interface Delivery {
  readonly endpoint_id: string;
  readonly event_id: string;
  readonly assembly_id: string;
  /** Whose secret signs it. */
  readonly owner: string;
  readonly url: string;
  /** The exact text that is sent, so that every attempt carries the same bytes. */
  readonly payload: string;
  readonly state: DeliveryState;
  readonly attempt_count: number;
  readonly attempts: readonly DeliveryAttempt[];
  readonly created_at: string;
  /** When the next attempt is expected: with `due_at`, only while it is pending. */
  readonly next_attempt_at?: string;
  /**
   * When somebody has to send its message. Where that is later than `next_attempt_at`, one is on its way already, and this
   * is when it must have been lost.
   */
  readonly due_at?: string;
  /** Epoch seconds. */
  readonly expires_at: number;
}

/** What follows from an attempt: an end, or the wait for the next. */
export type DeliveryOutcome =
  | { readonly state: Exclude<DeliveryState, 'pending'> }
  | { readonly state: 'pending'; readonly nextAttemptAt: Date; readonly dueAt: Date };

/** A pending delivery as `sweep` finds it. */
export type DueDelivery = DeliveryMessage & Required<Pick<Delivery, 'next_attempt_at' | 'due_at'>>;

/** The message on the `webhooks` queue. The dispatcher acts only if the row still has this many attempts. */
export interface DeliveryMessage {
  readonly endpoint_id: string;
  readonly event_id: string;
  readonly attempt_count: number;
}

/** The endpoint that stands for the `webhook_url` of one assembly. */
export const submissionEndpointId = (assemblyId: string): string => `${SUBMISSION_PREFIX}${assemblyId}`;
const SUBMISSION_PREFIX = 'assembly:';

/** The assembly that the endpoint belongs to, if it belongs to one. */
export const assemblyOfEndpoint = (endpointId: string): string | undefined =>
  endpointId.startsWith(SUBMISSION_PREFIX) ? endpointId.slice(SUBMISSION_PREFIX.length) : undefined;

/** How long a delivery can be looked up: 90 days. */
export const DELIVERY_TTL_SECONDS = 90 * 24 * 3600;

/** A message that has not led to an attempt this long after its time is one that was lost. */
const OVERDUE_AFTER_MS = 5 * 60_000;

/** The `due_at` of a delivery whose message is expected at that time. */
export const overdueAt = (expected: Date): Date => new Date(expected.getTime() + OVERDUE_AFTER_MS);

/** The partitions of the index of due deliveries: one would be hot after an outage. */
export const DUE_SHARDS: readonly string[] = [...'0123456789abcdef'];

/** The first hex digit of `evt_…`: a hash, so that the shards fill evenly. */
export const dueShard = (eventId: string): string => eventId.charAt('evt_'.length);
