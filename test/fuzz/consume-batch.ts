import type { FunctionName } from '../../lib/bindings.ts';
import { type BatchPromise, batchFaults, type KnownRecord } from './batch-faults.ts';
import type { QuietCloud } from './quiet-cloud.ts';
import type { Stores } from './stores.ts';

/** A record of a batch: what is there before it, the record itself, and what must have come of it. */
export interface PlannedRecord extends KnownRecord {
  readonly record: object;
  readonly setUp?: () => Promise<void>;
  /** Why it has not had its effect; undefined where it has. */
  readonly whyNoEffect?: () => Promise<string | undefined>;
}

/** Hands the batch to the deployed handler. Returns everything that is wrong with what came of it. */
export async function consumeBatch(
  name: FunctionName,
  planned: readonly PlannedRecord[],
  { cloud, stores, ...promise }: BatchPromise & { readonly cloud: QuietCloud; readonly stores: Stores },
): Promise<string[]> {
  cloud.takeLog();
  await Promise.all(planned.map(({ setUp }) => setUp?.()));
  const invoked = await cloud.invoke(name, { Records: planned.map(({ record }) => record) });
  if (!('value' in invoked)) return [`the handler threw: ${JSON.stringify(invoked)}`];
  const effects = await Promise.all(
    planned.map(async ({ id, kind, whyNoEffect }) => {
      if (kind === 'bad' && promise.putsAside && !(await stores.isPutAside(name, id)))
        return `the bad record ${id} is neither given back nor put aside`;
      const why = await whyNoEffect?.();
      return why === undefined ? undefined : `the ${kind} record ${id} has no effect: ${why}`;
    }),
  );
  const faults = [
    ...batchFaults(invoked.value, planned, promise),
    ...effects.filter((fault) => fault !== undefined),
  ];
  return faults.length === 0 ? [] : [...faults, ...cloud.takeLog()];
}
