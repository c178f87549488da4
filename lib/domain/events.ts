import { createHash } from 'node:crypto';
import type { Assembly } from './assembly.ts';
import type { Owned } from './owner.ts';
import { isTerminal } from './state-machine.ts';

/** The message on the `jobs` queue: the assembly as it stood when it became queued. */
export interface JobMessage {
  readonly assembly_id: string;
  readonly attempt: number;
  readonly claim: number;
  /** So that the claim can say which step begins. Absent in messages of earlier releases. */
  readonly template_id?: string;
  /** So that the claim can say in whose lists it is in work from now on. Absent in messages of earlier releases. */
  readonly owner?: Owned;
}

type Before = Pick<Assembly, 'status' | 'attempt' | 'claim'> | undefined;

/** True where this change put the assembly on the queue: a new one, a new attempt, or one that waits again. */
export const becameQueued = (before: Before, after: Assembly): boolean =>
  after.status === 'queued' &&
  (before?.status !== 'queued' || before.attempt !== after.attempt || before.claim !== after.claim);

/** True where this change ended the attempt. */
export const becameTerminal = (before: Before, after: Assembly): boolean =>
  isTerminal(after.status) && (before === undefined || !isTerminal(before.status));

/**
 * The id of an event for one endpoint: the same however often the change is seen or the event is sent. `created_at` is
 * part of it because an assembly that expired and came anew counts its versions from 1 again.
 */
export const eventId = (
  { assembly_id, created_at, version }: Pick<Assembly, 'assembly_id' | 'created_at' | 'version'>,
  endpointId: string,
): string =>
  `evt_${createHash('sha256')
    .update(JSON.stringify([assembly_id, created_at, version, endpointId]))
    .digest('hex')
    .slice(0, 32)}`;
