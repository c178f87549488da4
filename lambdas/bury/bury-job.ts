import { type Assembly, isWorkedHere } from '../../lib/domain/assembly.ts';
import { ownError } from '../../lib/domain/assembly-error.ts';
import type { JobMessage } from '../../lib/domain/events.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';
import { changeAsSeen } from '../shared/change-as-seen.ts';
import { type Ending, type EndSettings, endChange } from '../shared/end-change.ts';

export interface BuryDependencies extends EndSettings {
  readonly store: Pick<AssemblyStore, 'change' | 'get'>;
  readonly now: () => Date;
}

const UNDELIVERABLE = ownError(
  'message_undeliverable',
  undefined,
  'No worker could take the message as often as its queue gives it out. The log of the worker says why.',
);

/**
 * Fails the assembly whose message ended in the dead-letter queue: no worker will come for it. Only where it still waits for
 * this very message, so that an old copy cannot bury a newer run.
 */
export async function buryJob(
  { assembly_id, attempt, claim }: JobMessage,
  dependencies: BuryDependencies,
): Promise<'buried' | 'skipped'> {
  const current = await dependencies.store.get(assembly_id, { consistent: true });
  if (!current) return 'skipped';
  const waits = (seen: Assembly): boolean =>
    seen.status === 'queued' && isWorkedHere(seen) && seen.attempt === attempt && seen.claim === claim;
  const end: Ending = { status: 'failed', error: UNDELIVERABLE };
  const { written } = await changeAsSeen(
    current,
    (seen, now) => (waits(seen) ? endChange(seen, end, now, dependencies) : undefined),
    dependencies,
  );
  return written ? 'buried' : 'skipped';
}
