import type { Assembly } from '../../lib/domain/assembly.ts';
import { completedShare } from '../../lib/domain/completed-share.ts';
import type { RunRecord } from '../../lib/domain/run-record.ts';
import { isTerminal, type TerminalStatus } from '../../lib/domain/state-machine.ts';
import type { AssemblyChange } from './assembly-change.ts';
import type { Measured } from './metric.ts';

/**
 * What a write that succeeded tells of the work. Every beginning, claim and end of an attempt is one conditional write, which
 * succeeds for one writer alone: counted there, whatever is repeated or comes twice counts once.
 * @param set what the write has set; undefined for a new assembly
 * @param assembly as it is after the write
 */
export function metricsOfWrite(set: AssemblyChange['set'] | undefined, assembly: Assembly): Measured[] {
  if (set === undefined || set.attempt !== undefined) return [{ name: 'JobsAccepted', value: 1 }];
  if (set.status === undefined) return [];
  return [...claimMetrics(set, assembly), ...endMetrics(assembly), ...runMetrics(set)];
}

/** Of the first claim of an attempt. */
function claimMetrics({ claim, started_at }: AssemblyChange['set'], assembly: Assembly): Measured[] {
  const { attempt, attempts = [], external, queued_at } = assembly;
  if (claim === undefined || started_at === undefined) return [];
  if (attempts.some((run) => run.attempt === attempt)) return [];
  return [
    { name: 'TimeToStart', value: between(acceptedAt(assembly), started_at) },
    ...(queued_at === undefined || external
      ? []
      : [{ name: 'QueueWait' as const, value: between(queued_at, started_at) }]),
  ];
}

function endMetrics(assembly: Assembly): Measured[] {
  const { status, template_id, updated_at } = assembly;
  if (!isTerminal(status)) return [];
  const share = completedShare(assembly);
  return [
    { name: 'JobsFinished', value: 1, by: status },
    // By our own clock: `ended_at` can be an external worker's.
    { name: 'TimeToEnd', value: between(acceptedAt(assembly), updated_at) },
    ...(share === undefined
      ? []
      : [{ name: 'CompletionRate' as const, value: 100 * share, by: template_id }]),
  ];
}

/** Each write that ends a run adds a record of it; without a start nobody had taken it, as when it was canceled in the queue. */
function runMetrics({ attempts }: AssemblyChange['set']): Measured[] {
  const run = attempts?.at(-1);
  return run?.started_at === undefined ? [] : [{ name: 'RunsEnded', value: 1, by: outcomeOf(run) }];
}

function outcomeOf({ status, error }: RunRecord): TerminalStatus | 'retried' | 'lost' {
  if (error?.code === 'worker_lost') return 'lost';
  return isTerminal(status) ? status : 'retried';
}

const acceptedAt = ({ created_at, restarted_at }: Assembly): string => restarted_at ?? created_at;

/** Clocks of two machines differ: an end before its beginning is one at once. */
const between = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));
