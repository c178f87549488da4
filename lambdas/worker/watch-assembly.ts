import type { Assembly } from '../../lib/domain/assembly.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { RunDependencies } from './run-assembly.ts';

/** Half a read unit each, for an item of up to 4 KB; nobody who cancels waits for the worker. */
const EVERY_MS = 4_000;

/**
 * Looks every 4 s whether the assembly is still this worker's, and tells `onLost` once it is not. A look that fails says
 * nothing: every write of the worker is fenced by itself. What it returns ends the watch.
 */
export function watchAssembly(
  { assembly_id, claim }: Assembly,
  onLost: (refusal: WaybillError) => void,
  { store, after, log }: Pick<RunDependencies, 'store' | 'after' | 'log'>,
): () => void {
  let ended = false;
  let callOff = (): void => {};
  const look = async (): Promise<void> => {
    const seen = await store.get(assembly_id, { consistent: false }).catch((error: unknown) => {
      log.warn('The assembly could not be looked at', { error: String(error) });
      return undefined;
    });
    if (ended) return;
    // A read may be older than the claim, or find nothing; only what is newer takes the assembly away.
    if (seen && isTakenAway(seen, claim))
      onLost(new WaybillError('stale_update', `The assembly is ${seen.status}.`, { current: seen }));
    else plan();
  };
  const plan = (): void => {
    callOff = after(EVERY_MS, () => void look());
  };
  plan();
  return () => {
    ended = true;
    callOff();
  };
}

const isTakenAway = (seen: Assembly, claim: number): boolean =>
  seen.claim > claim || (seen.claim === claim && seen.status !== 'processing');
