import type { SendOptions } from '../../../lambdas/shared/message-queue.ts';
import type { RecoverDependencies } from '../../../lambdas/sweep/recover-assembly.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import type { JobMessage } from '../../../lib/domain/events.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemoryFiles } from '../in-memory-files.ts';

/** Noon: when every sample assembly was made. */
export const NOON = new Date('2026-11-21T12:00:00.000Z');
export const NOON_SECONDS = NOON.getTime() / 1000;
export const MINUTE = 60;

export type Sent = JobMessage & Pick<SendOptions, 'delaySeconds'>;

/** What a sweep works with: a clock that tests set, and a queue that they can look into. */
export function sweeper(assembly: Partial<Assembly>, store = new InMemoryAssemblyStore(assembly)) {
  const files = new InMemoryFiles();
  const sent: Sent[] = [];
  /** Ids of assemblies that are to be counted. */
  const tallied: string[] = [];
  let now = NOON;
  const dependencies: RecoverDependencies = {
    store,
    files,
    jobs: {
      send: async (message, { delaySeconds } = {}) => void sent.push({ ...message, delaySeconds }),
    },
    tallyQueue: { send: async ({ assembly_id }) => void tallied.push(assembly_id) },
    retry: { baseSeconds: 10, random: () => 0.5 },
    retentionDays: 30,
    uploadTimeoutSeconds: 24 * 3_600,
    now: () => now,
  };
  return {
    store,
    files,
    sent,
    tallied,
    dependencies,
    /** Seconds after noon. */
    setClock: (seconds: number): void => {
      now = new Date(NOON.getTime() + seconds * 1000);
    },
    /** As if somebody else had written it. */
    become: (changes: Partial<Assembly>): void => {
      store.assembly = { ...store.assembly, ...changes, version: store.assembly.version + 1 };
    },
  };
}
