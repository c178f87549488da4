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
  /** When somebody should look at it if nothing happened by then. */
  readonly due_at: string;
  /** Epoch seconds. */
  readonly expires_at: number;
}

/** `exhausted`: every attempt failed. `gone`: the receiver answered 410. */
export type DeliveryState = 'pending' | 'delivered' | 'exhausted' | 'gone';

export interface DeliveryAttempt {
  readonly at: string;
  readonly duration_ms: number;
  readonly status_code?: number;
  readonly error?: string;
}

/** The message on the `webhooks` queue. The dispatcher acts only if the row still has this many attempts. */
export interface DeliveryMessage {
  readonly endpoint_id: string;
  readonly event_id: string;
  readonly attempt_count: number;
}

/** The endpoint that stands for the `webhook_url` of one assembly. */
export const submissionEndpointId = (assemblyId: string): string => `assembly:${assemblyId}`;

/** How long a delivery can be looked up: 90 days. */
export const DELIVERY_TTL_SECONDS = 90 * 24 * 3600;
