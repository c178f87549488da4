import type { AssemblyChange, NewAssembly } from './assembly-change.ts';
import { AssemblyStore, type WriteOutcome } from './assembly-store.ts';
import { logMetrics } from './metric.ts';
import { metricsOfWrite } from './metrics-of-write.ts';

/** The jobs table for the functions that write it: what becomes of the work is counted with the write that made it so. */
export class MeteredAssemblyStore extends AssemblyStore {
  override async create(assembly: NewAssembly, now: Date): Promise<WriteOutcome> {
    return measured(undefined, await super.create(assembly, now));
  }

  override async change(assemblyId: string, change: AssemblyChange, now: Date): Promise<WriteOutcome> {
    return measured(change.set, await super.change(assemblyId, change, now));
  }
}

function measured(set: AssemblyChange['set'] | undefined, outcome: WriteOutcome): WriteOutcome {
  if (outcome.written) logMetrics(...metricsOfWrite(set, outcome.assembly));
  return outcome;
}
