import type { Status } from '../../lib/domain/state-machine.ts';
import type { JobKind } from './plan-jobs.ts';

/** A webhook, each time it was received. */
export interface Receipt {
  readonly eventId: string;
  readonly assemblyId: string;
  readonly attempt: number;
  readonly version: number;
  readonly status: string;
  /** A hash: the same event must come with the same bytes. */
  readonly body: string;
  /** Why a signature does not verify; undefined where both do. */
  readonly fault?: string;
  /** Whether it was answered 2xx, and the answer got through. */
  readonly taken: boolean;
}

/** One job, as its user sees it when all is over. */
export interface JobFacts {
  readonly kind: JobKind;
  /** Undefined where no submission was ever accepted. */
  readonly id: string | undefined;
  /** What each answer told its user, and the highest that was known when it was asked for: calls may overlap. */
  readonly versions: readonly { readonly known: number; readonly told: number }[];
  /** By GET; undefined where it answered nothing of the kind. */
  readonly end?: {
    readonly status: Status;
    readonly attempt: number;
    readonly version: number;
    readonly retryCount: number;
    readonly errorCode?: string;
    /** How often its worker died. */
    readonly lostRuns: number;
  };
  readonly deliveries: readonly {
    readonly eventId: string;
    readonly state: string;
    readonly attempts: number;
  }[];
  /** Answers that the documentation does not have. */
  readonly strange: readonly string[];
}

/** A message in a dead-letter queue. */
export interface DeadLetter {
  readonly queue: string;
  /** Undefined where it names none. */
  readonly assemblyId: string | undefined;
}

/** All that the verdict looks at. */
export interface Facts {
  readonly jobs: readonly JobFacts[];
  readonly receipts: readonly Receipt[];
  /** Ids in the index of open assemblies. */
  readonly open: readonly string[];
  /** Messages left, hidden and delayed ones included, by queue; without dead-letter queues. */
  readonly queues: Readonly<Record<string, number>>;
  readonly deadLetters: readonly DeadLetter[];
  /** Keys of what consumers have put aside in the bucket. */
  readonly putAside: readonly string[];
}
