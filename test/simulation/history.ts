import { createHash } from 'node:crypto';
import type { Assembly } from '../../lib/domain/assembly.ts';
import type { Submission } from '../../lib/domain/submission.ts';
import type { FaultKind } from './faults.ts';

/** What happened, in the order in which it happened. `at` is in milliseconds. */
export type HistoryEvent = { readonly at: number } & (
  | { readonly type: 'accepted'; readonly assemblyId: string }
  | { readonly type: 'written'; readonly before: Assembly | undefined; readonly after: Assembly }
  | { readonly type: 'row'; readonly before: Submission | undefined; readonly after: Submission }
  /** A template's `send` was called, under that rate limit. */
  | ({ readonly type: 'called'; readonly limit?: string } & SendTo)
  /** A mailbox took what was sent; not new where it has the key already. */
  | ({ readonly type: 'taken'; readonly isNew: boolean } & SendTo)
  | { readonly type: 'sent'; readonly queue: string; readonly body: string; readonly delay: number }
  | { readonly type: 'dead'; readonly queue: string; readonly body: string }
  /** A record of a stream was gone before that function could be given it. */
  | { readonly type: 'trimmed'; readonly name: string; readonly assemblyId: string }
  | { readonly type: 'posted'; readonly post: Post }
  | { readonly type: 'fault'; readonly kind: FaultKind; readonly where: string }
  | { readonly type: 'invoked' | 'returned' | 'threw' | 'killed'; readonly invocation: string }
);

/** What a `send` was for. */
export interface SendTo {
  readonly assemblyId: string;
  readonly submissionId: string;
  readonly attempt: number;
  readonly key: string;
  readonly invocation: string;
}

/** A webhook that reached a receiver. */
export interface Post {
  readonly url: string;
  readonly eventId: string;
  readonly body: string;
  /** What the receiver answered. */
  readonly statusCode: number;
  /** By which dispatcher. */
  readonly invocation: string;
}

export class History {
  readonly events: HistoryEvent[] = [];
  private readonly clock: { readonly ms: number };

  constructor(clock: { readonly ms: number }) {
    this.clock = clock;
  }

  add(event: HistoryEvent extends infer E ? (E extends unknown ? Omit<E, 'at'> : never) : never): void {
    this.events.push({ at: this.clock.ms, ...event } as HistoryEvent);
  }

  /** The same for the same events. */
  hash(): string {
    const hash = createHash('sha256');
    for (const event of this.events) hash.update(`${lineOf(event)}\n`);
    return hash.digest('hex');
  }
}

/** One event for a person: short, with what tells it apart from its neighbours. */
export function lineOf(event: HistoryEvent): string {
  const time = new Date(event.at).toISOString().slice(5, -1);
  return `${time} ${event.type} ${textOf(event)}`;
}

function textOf(event: HistoryEvent): string {
  switch (event.type) {
    case 'accepted':
      return short(event.assemblyId);
    case 'written': {
      const { before, after } = event;
      const { status, version, attempt, claim, progress, retry_count, last_writer } = after;
      const numbers = `v${version} attempt ${attempt} claim ${claim} retries ${retry_count} ${progress} %`;
      return `${short(after.assembly_id)} ${before?.status ?? 'nothing'} → ${status} ${numbers} by ${last_writer}`;
    }
    case 'row': {
      const { before, after } = event;
      const { submission_id, status, version, attempt, retry_count, last_writer } = after;
      const numbers = `v${version} attempt ${attempt} retries ${retry_count}`;
      return `${short(after.assembly_id)} ${submission_id} ${before?.status ?? 'nothing'} → ${status} ${numbers} by ${last_writer}`;
    }
    case 'called':
    case 'taken': {
      const { assemblyId, submissionId, attempt, key, invocation } = event;
      const again = event.type === 'taken' && !event.isNew ? 'again ' : '';
      return `${short(assemblyId)} ${submissionId} ${again}attempt ${attempt} ${short(key)} by ${invocation}`;
    }
    case 'trimmed':
      return `${short(event.assemblyId)} before ${event.name}`;
    case 'sent':
      return `${event.queue} ${shortIds(event.body)}${event.delay > 0 ? ` in ${event.delay} s` : ''}`;
    case 'dead':
      return `${event.queue} ${shortIds(event.body)}`;
    case 'posted': {
      const { url, eventId, body, statusCode, invocation } = event.post;
      const { assembly_id, version } = JSON.parse(body) as Pick<Assembly, 'assembly_id' | 'version'>;
      return `${short(assembly_id)} v${version} ${eventId} to ${url}: ${statusCode} by ${invocation}`;
    }
    case 'fault':
      return `${event.kind} at ${event.where}`;
    default:
      return event.invocation;
  }
}

/** Enough to tell 50 assemblies apart. */
export const short = (assemblyId: string): string => assemblyId.slice(0, 8);

const shortIds = (text: string): string => text.replace(/[0-9a-f]{64}/g, short);
