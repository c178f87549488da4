import { type Assembly, isExpired } from '../../lib/domain/assembly.ts';
import type { AssemblyError } from '../../lib/domain/assembly-error.ts';
import type { Json } from '../../lib/domain/json.ts';
import type { ResultFile, ResultFiles } from '../../lib/domain/result-file.ts';
import {
  canTransition,
  isTerminal,
  type Status,
  type TerminalStatus,
} from '../../lib/domain/state-machine.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { type AssemblyChange, asSeen } from './assembly-change.ts';
import type { AssemblyStore } from './assembly-store.ts';
import { changeAsSeen } from './change-as-seen.ts';
import { type EndSettings, endChange, type RetrySettings, retryChange } from './end-change.ts';

/** What somebody who works on an assembly has to say. What is undefined stays as it is. */
export interface Advance {
  readonly to: 'processing' | Exclude<TerminalStatus, 'canceled'>;
  /** The attempt and claim that the speaker works under. */
  readonly attempt?: number;
  readonly claim?: number;
  /** 0 to 100; a lower one than before is not written. */
  readonly progress?: number;
  readonly progressMessage?: string;
  readonly result?: Json;
  /** In its place. */
  readonly resultFile?: ResultFile;
  readonly results?: ResultFiles;
  readonly fileErrors?: Assembly['file_errors'];
  readonly error?: AssemblyError;
  readonly endedAt?: Date;
  /** With `failed`: the error may not come again. While retries are left, the assembly waits for another run instead. */
  readonly transient?: boolean;
}

export interface AdvanceDependencies extends EndSettings {
  readonly store: Pick<AssemblyStore, 'change'>;
  /** Without it, a transient error ends the attempt as any other does. */
  readonly retry?: RetrySettings;
  readonly now: () => Date;
}

/**
 * Moves an assembly on, for our own worker and for external ones alike. Saying the same again changes nothing and
 * succeeds.
 * @param current the assembly as last seen; where it has changed since, the refusal shows the newer one
 * @throws WaybillError `stale_update`, `already_ended`, `illegal_transition`, with the current assembly; `not_found` where it is gone
 */
export async function advanceAssembly(
  current: Assembly,
  advance: Advance,
  dependencies: AdvanceDependencies,
): Promise<Assembly> {
  // Who names no attempt speaks of the one that was there: another may begin in this moment.
  const said = { ...advance, attempt: advance.attempt ?? current.attempt };
  const changeOf = (seen: Assembly, now: Date): AssemblyChange | undefined => {
    if (isExpired(seen, now)) throw gone();
    return changeFor(seen, said, now, dependencies);
  };
  const { assembly } = await changeAsSeen(current, changeOf, dependencies);
  if (!assembly) throw gone();
  return assembly;
}

const gone = (): WaybillError => new WaybillError('not_found', 'The assembly is gone.');

/** The write that makes `advance` true of `seen`, or undefined where it is true already. */
function changeFor(
  seen: Assembly,
  advance: Advance,
  now: Date,
  { retentionDays, retry }: Pick<AdvanceDependencies, 'retentionDays' | 'retry'>,
): AssemblyChange | undefined {
  assertCurrent(seen, advance);
  // The run was given back before, or its submissions were queued, and the answer lost.
  const isDone = seen.status === 'queued' || seen.expanded_at !== undefined;
  if (advance.transient && isDone && isSpokenOfByUs(seen)) return undefined;
  const said = valuesOf(seen, advance);
  const set = withoutKnown(seen, said);
  if (seen.status === advance.to && Object.keys(set).length === 0) return undefined;
  assertPossible(seen, advance.to);
  const { to, error, endedAt } = advance;
  if (to === 'processing') {
    const taken = seen.status === 'processing' ? {} : takenAt(seen, now);
    return { ...asSeen(seen), set: { ...set, ...taken } };
  }
  const again = advance.transient && error && retry && retryChange(seen, error, now, retry);
  // All that was said, and not only what is new: the end clears what it does not repeat.
  return again || endChange(seen, { status: to, error, endedAt, set: said }, now, { retentionDays });
}

/** An external worker that starts takes the assembly, as ours does with its claim. */
const takenAt = ({ claim, deadline_at }: Assembly, now: Date): AssemblyChange['set'] => ({
  status: 'processing',
  claim: claim + 1,
  started_at: now.toISOString(),
  // Of the work as a whole: an external worker's lease is what its template gives it.
  deadline_at,
});

function valuesOf(
  seen: Assembly,
  { to, progress, progressMessage, result, resultFile, results, fileErrors, error }: Advance,
): AssemblyChange['set'] {
  const full = to === 'completed' || to === 'partial';
  return {
    progress: full ? 100 : Math.max(seen.progress, progress ?? 0),
    progress_message: progressMessage,
    result,
    result_file: resultFile,
    results,
    file_errors: fileErrors,
    error,
  };
}

const withoutKnown = (seen: Assembly, values: AssemblyChange['set']): AssemblyChange['set'] =>
  Object.fromEntries(
    Object.entries(values).filter(
      ([name, value]) =>
        value !== undefined && JSON.stringify(value) !== JSON.stringify(seen[name as keyof Assembly]),
    ),
  );

/** @throws WaybillError `stale_update` where the speaker works under an attempt or claim that is over */
export function assertCurrent(seen: Assembly, { attempt, claim }: Pick<Advance, 'attempt' | 'claim'>): void {
  if ((attempt ?? seen.attempt) !== seen.attempt || (claim ?? seen.claim) !== seen.claim)
    throw staleUpdate(seen);
}

export const staleUpdate = (current: Assembly): WaybillError =>
  new WaybillError('stale_update', `The assembly is at attempt ${current.attempt}, claim ${current.claim}.`, {
    current,
    members: { claim: current.claim },
  });

/** What others say of an assembly with recipients goes to its submissions, which our worker has written. */
const isSpokenOfByUs = ({ external, submission_count }: Assembly): boolean =>
  !external || submission_count !== undefined;

function assertPossible(seen: Assembly, to: Status): void {
  const goesOn = seen.status === 'processing' && to === 'processing';
  // Our own worker speaks of what it has in work. Taken away, the assembly is queued under the same claim.
  const isWorked = !isSpokenOfByUs(seen) || seen.status === 'processing';
  if (!isTerminal(seen.status) && isWorked && (goesOn || canTransition(seen.status, to, seen))) return;
  const [code, detail] = isTerminal(seen.status)
    ? (['already_ended', `The assembly has ended as ${seen.status}.`] as const)
    : (['illegal_transition', `The assembly is ${seen.status} and cannot become ${to}.`] as const);
  throw new WaybillError(code, detail, { current: seen });
}
