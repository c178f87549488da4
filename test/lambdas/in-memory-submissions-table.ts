import type {
  NewSubmission,
  SubmissionChange,
  SubmissionKey,
} from '../../lambdas/shared/submission-change.ts';
import type { VersionedOutcome } from '../../lambdas/shared/versioned-write.ts';
import type { Submission } from '../../lib/domain/submission.ts';
import { withoutUndefined } from './without-undefined.ts';

type Outcome = VersionedOutcome<Submission>;

/** What DynamoDB does with the submissions table: conditional writes to many rows, a record of each for the stream. */
export class InMemorySubmissionsTable {
  private readonly assemblies = new Map<string, Map<string, Submission>>();
  private readonly onWritten: (before: Submission | undefined, after: Submission) => void;

  constructor(onWritten: (before: Submission | undefined, after: Submission) => void = () => {}) {
    this.onWritten = onWritten;
  }

  /** By id. */
  of(assemblyId: string): Submission[] {
    const rows = [...(this.assemblies.get(assemblyId)?.values() ?? [])];
    return rows.sort((a, b) => (a.submission_id < b.submission_id ? -1 : 1));
  }

  put(submission: NewSubmission, { writer, now }: { writer: string; now: Date }): Outcome {
    const stored = this.find(submission);
    if (stored && stored.assembly_created_at === submission.assembly_created_at)
      return { written: false, item: stored };
    const row = { ...submission, version: 1, updated_at: now.toISOString(), last_writer: writer };
    return this.write(stored, row);
  }

  update(
    key: SubmissionKey,
    { from, dueBy, set, remove = [], ...fences }: SubmissionChange,
    { writer, now }: { writer: string; now: Date },
  ): Outcome {
    const stored = this.find(key);
    const met =
      stored &&
      from.includes(stored.status) &&
      Object.entries(fences).every(
        ([name, value]) => value === undefined || stored[name as keyof Submission] === value,
      ) &&
      (!dueBy || stored.next_retry_at === undefined || Date.parse(stored.next_retry_at) <= dueBy.getTime());
    if (!stored || !met) return { written: false, item: stored };
    const changed: Record<string, unknown> = { ...stored, ...withoutUndefined(set) };
    for (const name of remove) changed[name] = undefined;
    changed.version = stored.version + 1;
    changed.updated_at = now.toISOString();
    changed.last_writer = writer;
    return this.write(stored, changed as unknown as Submission);
  }

  private find({ assembly_id, submission_id }: SubmissionKey): Submission | undefined {
    return this.assemblies.get(assembly_id)?.get(submission_id);
  }

  private write(before: Submission | undefined, after: Submission): Outcome {
    const kept = withoutUndefined(after);
    const rows = this.assemblies.get(kept.assembly_id) ?? new Map<string, Submission>();
    this.assemblies.set(kept.assembly_id, rows.set(kept.submission_id, kept));
    this.onWritten(before, kept);
    return { written: true, item: kept };
  }
}
