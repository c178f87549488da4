import type { AssemblyError } from '../../lib/domain/assembly-error.ts';
import type { JobMessage } from '../../lib/domain/events.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';
import { type EndSettings, endChange } from '../shared/end-change.ts';

export interface BuryDependencies extends EndSettings {
  readonly store: Pick<AssemblyStore, 'change' | 'get'>;
  readonly now: () => Date;
}

const UNDELIVERABLE: AssemblyError = {
  code: 'message_undeliverable',
  category: 'WORKER_ERROR',
  details:
    'No worker could take the message as often as its queue gives it out. The log of the worker says why.',
};

/**
 * Fails the assembly whose message ended in the dead-letter queue: no worker will come for it. Only where it still waits for
 * this very message, so that an old copy cannot bury a newer run.
 */
export async function buryJob(
  { assembly_id, attempt, claim }: JobMessage,
  { store, now, ...settings }: BuryDependencies,
): Promise<'buried' | 'skipped'> {
  let seen = await store.get(assembly_id, { consistent: true });
  // Each round lost means that the assembly went on by itself, or that sweep looked at it in this moment.
  while (seen?.status === 'queued' && !seen.external && seen.attempt === attempt && seen.claim === claim) {
    const time = now();
    const change = endChange(seen, { status: 'failed', error: UNDELIVERABLE }, time, settings);
    const { written, assembly } = await store.change(assembly_id, change, time);
    if (written) return 'buried';
    seen = assembly;
  }
  return 'skipped';
}
