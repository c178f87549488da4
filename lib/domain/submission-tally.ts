import type { Assembly } from './assembly.ts';
import {
  NO_SUBMISSIONS,
  SETTLED,
  type Submission,
  type SubmissionCounts,
  type SubmissionStatus,
  statusIn,
} from './submission.ts';

type Counted = Pick<Submission, 'assembly_created_at' | 'status' | 'attempt' | 'version' | 'error'>;
type Whole = Pick<Assembly, 'status' | 'attempt' | 'submission_count'>;

interface Group {
  readonly status: SubmissionStatus;
  readonly attempt: number;
  /** By an error that may not come again. */
  readonly retryable: boolean;
  readonly count: number;
}

/**
 * A count of all rows of an assembly. It keeps them apart by status and attempt, so that what they mean can be said of the
 * assembly as it is seen later, when it may have been canceled or restarted.
 */
export class SubmissionTally {
  /** The sum of the rows' versions: of two counts the higher is the newer. */
  version = 0;
  private readonly groups = new Map<string, Group>();
  private readonly assemblyCreatedAt: string;

  constructor({ created_at }: Pick<Assembly, 'created_at'>) {
    this.assemblyCreatedAt = created_at;
  }

  /** Counts a row, unless it is of an earlier assembly under the same id. */
  add({ assembly_created_at, status, attempt, version, error }: Counted): void {
    if (assembly_created_at !== this.assemblyCreatedAt) return;
    this.version += version;
    const retryable = status !== 'failed' || error?.retryable !== false;
    const key = `${status} ${attempt} ${retryable}`;
    const count = (this.groups.get(key)?.count ?? 0) + 1;
    this.groups.set(key, { status, attempt, retryable, count });
  }

  isOf(assemblyCreatedAt: string): boolean {
    return assemblyCreatedAt === this.assemblyCreatedAt;
  }

  /** How many are in each status, seen from the assembly as it is. */
  countsIn(assembly: Whole): SubmissionCounts {
    const counts = { ...NO_SUBMISSIONS };
    for (const { count, ...group } of this.all(assembly)) counts[statusIn(assembly, group)] += count;
    return counts;
  }

  /**
   * Of those that have failed, seen from the assembly as it is, how many another attempt may help: those that were left when it
   * ended are among them.
   */
  retryableIn(assembly: Whole): number {
    return [...this.all(assembly)]
      .filter((group) => group.retryable && statusIn(assembly, group) === 'failed')
      .reduce((sum, { count }) => sum + count, 0);
  }

  /** Also those that have no row yet: they wait for it. */
  private *all({ attempt, submission_count = 0 }: Whole): Generator<Group> {
    let missing = submission_count;
    for (const group of this.groups.values()) {
      missing -= group.count;
      yield group;
    }
    if (missing > 0) yield { status: 'queued', attempt, retryable: true, count: missing };
  }
}

export const settledOf = (counts: SubmissionCounts): number =>
  SETTLED.reduce((sum, status) => sum + counts[status], 0);

/**
 * Seconds between two counts of the rows: never more than one write a second to the assembly, and of ten thousand rows
 * less often, as each count reads them all.
 */
export const tallyIntervalSeconds = (submissionCount: number): number => Math.max(1, submissionCount / 500);
