import type { Assembly } from '../../lib/domain/assembly.ts';
import { StepError } from '../../lib/domain/assembly-error.ts';
import { recipientsOf, submissionIdOf } from '../../lib/domain/recipients.ts';
import { isTerminal } from '../../lib/domain/state-machine.ts';
import type { StatusUpdate, SubmissionResult } from '../../lib/domain/status-update.ts';
import { isSettled, NO_SUBMISSIONS, type Submission } from '../../lib/domain/submission.ts';
import { settledOf, tallyIntervalSeconds } from '../../lib/domain/submission-tally.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { assertCurrent, staleUpdate } from '../shared/advance-assembly.ts';
import { asSeen } from '../shared/assembly-change.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';
import { changeAsSeen } from '../shared/change-as-seen.ts';
import { type CountDependencies, countSubmissions } from '../shared/count-submissions.ts';
import type { FileStore } from '../shared/file-store.ts';
import { newSubmission, submissionExpiry } from '../shared/new-submission.ts';
import { readFields } from '../shared/read-fields.ts';
import type { SubmissionStore } from '../shared/submission-store.ts';
import { firstWrite, verdictOn } from './submission-report.ts';

export interface UpdateSubmissionsDependencies extends CountDependencies {
  readonly store: Pick<AssemblyStore, 'get' | 'change'>;
  readonly submissions: Pick<SubmissionStore, 'create' | 'change' | 'all' | 'counted'>;
  readonly files: Pick<FileStore, 'read'>;
}

/** Writes of one update that are under way at once. */
const AT_ONCE = 25;

/** What became of each result that was not simply taken. */
interface Refusals {
  readonly unknown: number[];
  readonly contradicted: number[];
}

/**
 * What an external worker says of the recipients of its assembly. Each submission is written by itself, so that lists may be
 * partial, come in any order and be repeated: what is known changes nothing, and what comes late takes nothing back. The
 * assembly follows its submissions, whatever the update says of it: it is counted at once where the update calls it over.
 * @param current the assembly as last seen
 * @throws WaybillError `stale_update`, `already_ended`, `invalid_request` for a recipient that it has not, `illegal_transition`
 *   where a submission that has settled would be changed; in the last two cases all other results are taken
 */
export async function updateSubmissions(
  current: Assembly,
  update: StatusUpdate,
  dependencies: UpdateSubmissionsDependencies,
): Promise<Assembly> {
  assertCurrent(current, update);
  assertMembers(update);
  const results = update.submission_results ?? [];
  if (isTerminal(current.status)) return assertKnown(current, results, dependencies);
  const refusals: Refusals = { unknown: [], contradicted: [] };
  const report = new Reporter(current, dependencies);
  const pending = results.entries();
  const work = async (): Promise<void> => {
    for (const [index, result] of pending) {
      const verdict = await report.take(result);
      if (verdict !== 'taken') refusals[verdict].push(index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const seen = await withMessage(current, update, dependencies);
  const isWorthIt = update.status !== 'processing' && mayBeOver(seen, results, dependencies.now());
  const counted = isWorthIt ? await count(seen, dependencies) : seen;
  throwRefusals(refusals, counted);
  return counted;
}

/** Writes the results of one update. */
class Reporter {
  private readonly assembly: Assembly;
  private readonly dependencies: UpdateSubmissionsDependencies;
  private recipients: ReturnType<typeof this.readRecipients> | undefined;

  constructor(assembly: Assembly, dependencies: UpdateSubmissionsDependencies) {
    this.assembly = assembly;
    this.dependencies = dependencies;
  }

  async take(result: SubmissionResult): Promise<'taken' | keyof Refusals> {
    const { submissions, now } = this.dependencies;
    const { assembly_id, created_at } = this.assembly;
    const key = { assembly_id, submission_id: result.submission_id };
    let change = firstWrite(result, this.assembly, now());
    for (;;) {
      const { written, item } = await submissions.change(key, change, now());
      if (written && item.assembly_created_at === created_at) return 'taken';
      const row = item?.assembly_created_at === created_at ? item : await this.create(result.submission_id);
      if (!row) return 'unknown';
      if (row.attempt > this.assembly.attempt) throw await this.overtaken();
      const verdict = verdictOn(result, row, this.assembly, now());
      if (verdict === 'known') return 'taken';
      if (verdict === 'contradicted') return verdict;
      const { write } = verdict;
      // Of another attempt, it has to be there for as long as that can be looked up.
      const expires_at =
        write.set.attempt === undefined ? undefined : submissionExpiry(now(), this.dependencies);
      change = { ...write, set: { ...write.set, ...(expires_at !== undefined && { expires_at }) } };
    }
  }

  /** A new attempt has begun while this update was under way, of which it cannot speak. */
  private async overtaken(): Promise<WaybillError> {
    const { assembly, dependencies } = this;
    const current = await dependencies.store.get(assembly.assembly_id, { consistent: true });
    return staleUpdate(current ?? assembly);
  }

  /** A worker may be faster than the expansion. Undefined for what is no recipient. */
  private async create(submissionId: string): Promise<Submission | undefined> {
    this.recipients ??= this.readRecipients();
    const of = (await this.recipients).get(submissionId);
    if (!of) return undefined;
    const { submissions, now } = this.dependencies;
    const row = newSubmission(this.assembly, of, now(), this.dependencies);
    return (await submissions.create(row, now())).item;
  }

  private async readRecipients() {
    const fields = await readFields(this.assembly, this.dependencies.files).catch((error: unknown) => {
      if (!(error instanceof StepError)) throw error;
      throw new WaybillError('invalid_request', 'The list of recipients is no longer in the bucket.');
    });
    const recipients = recipientsOf(fields) ?? [];
    return new Map(
      recipients.map((recipient, position) => [submissionIdOf(recipient) ?? '', { recipient, position }]),
    );
  }
}

/** What follows from the submissions, or goes with a kind of assembly that has none. */
function assertMembers({ progress, result }: StatusUpdate): void {
  const detail = 'goes with assemblies without recipients only: here it follows from the submissions';
  const errors = Object.entries({ progress, result })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => ({ pointer: `/${name}`, detail }));
  if (errors.length > 0) throw new WaybillError('invalid_request', 'See "errors" for the place.', { errors });
}

/** After the end, only what is known can be said again; and of a cancel every worker is to hear, whatever it says. */
async function assertKnown(
  current: Assembly,
  results: readonly SubmissionResult[],
  { submissions, now }: UpdateSubmissionsDependencies,
): Promise<Assembly> {
  const rows = new Map<string, Submission>();
  if (results.length > 0)
    for await (const row of submissions.all(current.assembly_id))
      if (row.assembly_created_at === current.created_at) rows.set(row.submission_id, row);
  const isKnown = (result: SubmissionResult): boolean => {
    const row = rows.get(result.submission_id);
    // What was open at the end never comes to another one, however true the report of it once was.
    if (!row) return false;
    return isSettled(row.status) && verdictOn(result, row, current, now()) === 'known';
  };
  if (current.status !== 'canceled' && results.every(isKnown)) return current;
  throw new WaybillError('already_ended', `The assembly has ended as ${current.status}.`, { current });
}

async function withMessage(
  current: Assembly,
  { progress_message }: StatusUpdate,
  dependencies: UpdateSubmissionsDependencies,
): Promise<Assembly> {
  if (progress_message === undefined) return current;
  const { assembly } = await changeAsSeen(
    current,
    (seen) =>
      seen.progress_message === progress_message || isTerminal(seen.status)
        ? undefined
        : { ...asSeen(seen), set: { progress_message } },
    dependencies,
  );
  return assembly ?? current;
}

/**
 * A worker for each recipient may call the whole over each time, and each count reads all of them. One that cannot be the end,
 * and comes soon after another, is left to the count that follows by itself.
 */
function mayBeOver(
  { submission_count = 0, submission_counts = NO_SUBMISSIONS, counted_at }: Assembly,
  results: readonly SubmissionResult[],
  now: Date,
): boolean {
  const open = submission_count - settledOf(submission_counts);
  if (results.filter(({ status }) => isSettled(status)).length >= open || counted_at === undefined)
    return true;
  return now.getTime() - Date.parse(counted_at) >= tallyIntervalSeconds(submission_count) * 1000;
}

async function count(current: Assembly, dependencies: UpdateSubmissionsDependencies): Promise<Assembly> {
  return (await countSubmissions(current, dependencies)).assembly ?? current;
}

function throwRefusals({ unknown, contradicted }: Refusals, current: Assembly): void {
  const faults = [
    ...unknown.map((index) => ({ index, detail: 'names no recipient of this assembly' })),
    ...contradicted.map((index) => ({ index, detail: 'has settled in another way, and stays so' })),
  ];
  if (faults.length === 0) return;
  const errors = faults
    .toSorted((a, b) => a.index - b.index)
    .slice(0, 20)
    .map(({ index, detail }) => ({ pointer: `/submission_results/${index}`, detail }));
  const detail = 'All other results were taken.';
  throw unknown.length > 0
    ? new WaybillError('invalid_request', detail, { errors })
    : new WaybillError('illegal_transition', detail, { errors, current });
}
