/** What is played, and how much of each in a hundred. */
const MIX = {
  'short text': 44,
  'long text': 8,
  pictures: 12,
  'broken picture, retried': 4,
  'pictures in part, retried': 4,
  review: 12,
  'failed review, retried': 4,
  canceled: 6,
  'canceled and submitted again': 3,
  'submitted twice at once': 3,
} as const;

export type JobKind = keyof typeof MIX;

export interface PlannedJob {
  readonly kind: JobKind;
  readonly user: string;
  /** Makes its id another one than that of all others. */
  readonly nonce: string;
}

export interface PlanOptions {
  readonly jobs: number;
  readonly users: readonly string[];
  readonly random: () => number;
}

/** The jobs in the order in which they are submitted: as many of each kind as the mix says, shuffled. */
export function planJobs({ jobs, users, random }: PlanOptions): PlannedJob[] {
  const kinds = Object.entries(MIX).flatMap(([kind, share]) =>
    new Array<JobKind>(Math.round((jobs * share) / 100)).fill(kind as JobKind),
  );
  const filled = Array.from({ length: jobs }, (_, index) => kinds[index] ?? 'short text');
  return shuffled(filled, random).map((kind, index) => ({
    kind,
    user: users[Math.floor(random() * users.length)] ?? '',
    nonce: `job ${index}`,
  }));
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}
