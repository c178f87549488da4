/**
 * The states of an assembly and the moves between them, in one table. The type `Status`, the condition of each
 * DynamoDB write (`predecessorsOf`), the filters of the stream consumers (`TERMINAL`) and docs/states.md come from it.
 */
const TRANSITIONS = {
  uploading: ['queued', 'failed', 'canceled'],
  queued: ['processing', 'failed', 'canceled'],
  processing: ['completed', 'partial', 'failed', 'canceled', 'queued'],
  completed: [],
  partial: ['queued', 'uploading', 'processing'],
  failed: ['queued', 'uploading'],
  canceled: ['queued', 'uploading'],
} as const satisfies Record<string, readonly string[]>;

/**
 * An external worker may report only the end: its first word can be its last. Our own worker cannot skip
 * `processing`, because there it takes the claim that fences its writes.
 */
const EXTERNAL_SHORTCUTS = {
  queued: ['completed', 'partial', 'failed'],
} as const satisfies Partial<Record<keyof typeof TRANSITIONS, readonly string[]>>;

export type Status = keyof typeof TRANSITIONS;

export const STATUSES = Object.keys(TRANSITIONS) as readonly Status[];

/** Declared and not derived: most terminal states can be left again, by a new attempt. */
export const TERMINAL = ['completed', 'partial', 'failed', 'canceled'] as const satisfies readonly Status[];
export type TerminalStatus = (typeof TERMINAL)[number];

/** The ends at which resubmitting the same work starts a new attempt. */
const RESTARTABLE = ['failed', 'canceled'] as const satisfies readonly TerminalStatus[];

export const isTerminal = (status: Status): status is TerminalStatus =>
  (TERMINAL as readonly Status[]).includes(status);

export const isRestartable = (status: Status): boolean => (RESTARTABLE as readonly Status[]).includes(status);

export interface Mover {
  /** True for an assembly whose template is `external`. */
  readonly external: boolean;
}

export function canTransition(from: Status, to: Status, { external }: Mover = { external: false }): boolean {
  const shortcuts: Partial<Record<Status, readonly Status[]>> = external ? EXTERNAL_SHORTCUTS : {};
  const moves: readonly Status[] = TRANSITIONS[from];
  return moves.includes(to) || (shortcuts[from]?.includes(to) ?? false);
}

/** The statuses from which `to` can be reached in one step: the condition of the write. */
export const predecessorsOf = (to: Status, mover?: Mover): Status[] =>
  STATUSES.filter((from) => canTransition(from, to, mover));
