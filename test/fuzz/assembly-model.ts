/**
 * An assembly of an external template as docs/states.md, docs/external-workers.md and docs/http-api.md describe it, written
 * from those pages and importing nothing of what they describe.
 */
export interface AssemblyModel {
  status: 'queued' | 'processing' | 'completed' | 'partial' | 'failed' | 'canceled';
  version: number;
  attempt: number;
  claim: number;
  progress: number;
  progress_message?: string;
  result?: unknown;
  error?: ModelError;
  retry_count: number;
  max_retries: number;
  reference?: string;
  /** Whether a worker has taken it in this attempt. */
  started: boolean;
  /** How the runs that are over have ended, the last twenty. */
  attempts: { attempt: number; status: string }[];
}

export interface ModelError {
  readonly error: string;
  readonly error_code: string;
  readonly error_category: string;
  readonly error_details?: string;
}

/** As a client sends it. */
export interface ModelSubmission {
  readonly reference?: string;
  readonly max_retries?: number;
}

export interface ModelUpdate {
  readonly status: 'processing' | 'completed' | 'partial' | 'failed';
  readonly progress?: number;
  readonly progress_message?: string;
  readonly result?: unknown;
  readonly error?: string;
  readonly error_code?: string;
  readonly error_category?: string;
  readonly error_details?: string;
  readonly attempt?: number;
  readonly claim?: number;
}

/** What a request must be answered with. A refusal has its code; all others show the assembly as the model has it then. */
export interface Expected {
  readonly status: number;
  readonly code?: string;
  /** Members of the answer beside the status of the assembly. */
  readonly members?: Readonly<Record<string, unknown>>;
}

const ENDED = ['completed', 'partial', 'failed', 'canceled'];
const MAX_ATTEMPTS_SHOWN = 20;

const hasEnded = ({ status }: AssemblyModel): boolean => ENDED.includes(status);

/** 202 while it runs, 200 when it has ended. */
export const shownAs = (assembly: AssemblyModel): number => (hasEnded(assembly) ? 200 : 202);

const settingsOf = ({ reference, max_retries = 3 }: ModelSubmission) => ({ reference, max_retries });

export const submitted = (submission: ModelSubmission): AssemblyModel => ({
  status: 'queued',
  version: 1,
  attempt: 1,
  claim: 0,
  progress: 0,
  retry_count: 0,
  ...settingsOf(submission),
  started: false,
  attempts: [],
});

/** The same submitted again. */
export function resubmit(assembly: AssemblyModel, submission: ModelSubmission): Expected {
  const restarted = assembly.status === 'failed' || assembly.status === 'canceled';
  if (restarted) Object.assign(assembly, settingsOf(submission), startAnew(assembly), { retry_count: 0 });
  return { status: shownAs(assembly), members: { created: false, restarted } };
}

function startAnew({ attempt, version }: AssemblyModel): Partial<AssemblyModel> {
  const cleared = { progress_message: undefined, result: undefined, error: undefined };
  return {
    ...cleared,
    status: 'queued',
    attempt: attempt + 1,
    version: version + 1,
    progress: 0,
    started: false,
  };
}

/** @param attempt that is to be repeated, where the request names one */
export function retry(assembly: AssemblyModel, attempt: number | undefined): Expected {
  const isOver = hasEnded(assembly) && assembly.status !== 'completed';
  if (!isOver || (attempt ?? assembly.attempt) !== assembly.attempt)
    return { status: shownAs(assembly), members: { restarted: false } };
  if (assembly.retry_count >= assembly.max_retries) return { status: 409, code: 'retries_exhausted' };
  Object.assign(assembly, startAnew(assembly), { retry_count: assembly.retry_count + 1 });
  return { status: 202, members: { restarted: true } };
}

export function cancel(assembly: AssemblyModel): Expected {
  if (assembly.status === 'canceled') return { status: 200 };
  if (hasEnded(assembly)) return { status: 409, code: 'already_ended' };
  end(assembly, 'canceled', {});
  return { status: 200 };
}

/** The fences are looked at first, then whether it is said for a second time, then whether it can follow. */
export function update(assembly: AssemblyModel, said: ModelUpdate): Expected {
  const { attempt = assembly.attempt, claim = assembly.claim } = said;
  if (attempt !== assembly.attempt || claim !== assembly.claim)
    return { status: 409, code: 'stale_update', members: { claim: assembly.claim } };
  const saidError = said.status === 'failed' ? errorOf(said) : undefined;
  if (isKnown(assembly, said, saidError)) return { status: 200, members: { claim: assembly.claim } };
  if (hasEnded(assembly)) return { status: 409, code: 'already_ended' };
  const whole = said.status === 'completed' || said.status === 'partial';
  assembly.progress = whole ? 100 : Math.max(assembly.progress, said.progress ?? 0);
  if (said.status === 'processing') {
    if (assembly.status === 'queued') assembly.claim += 1;
    Object.assign(assembly, { status: 'processing', started: true, version: assembly.version + 1 });
    assembly.progress_message = said.progress_message ?? assembly.progress_message;
  } else {
    if (said.result !== undefined) assembly.result = said.result;
    if (saidError) assembly.error = saidError;
    end(assembly, said.status, said);
  }
  return { status: 200, members: { claim: assembly.claim } };
}

/** What was said of the work in progress goes, unless it is the last word. */
function end(
  assembly: AssemblyModel,
  status: AssemblyModel['status'],
  { progress_message }: Pick<ModelUpdate, 'progress_message'>,
): void {
  assembly.status = status;
  assembly.version += 1;
  assembly.progress_message = progress_message;
  assembly.attempts = [...assembly.attempts, { attempt: assembly.attempt, status }].slice(
    -MAX_ATTEMPTS_SHOWN,
  );
}

/** True where the update says nothing that is not so already. A lower progress than before is not written. */
function isKnown(assembly: AssemblyModel, said: ModelUpdate, saidError: ModelError | undefined): boolean {
  const same = (value: unknown, known: unknown): boolean =>
    value === undefined || JSON.stringify(value) === JSON.stringify(known);
  return (
    said.status === assembly.status &&
    (said.progress ?? 0) <= assembly.progress &&
    same(said.progress_message, assembly.progress_message) &&
    same(said.result, assembly.result) &&
    same(saidError, assembly.error)
  );
}

/** An external worker's error is told as a whole, with what docs/external-workers.md names for what it leaves out. */
const errorOf = ({ error, error_code, error_category, error_details }: ModelUpdate): ModelError => ({
  error: error ?? 'The external worker reported a failure.',
  error_code: error_code ?? 'external_failure',
  error_category: error_category ?? 'WORKER_ERROR',
  ...(error_details !== undefined && { error_details }),
});

/** What the status must show of it, as far as it is no time. */
export function statusOfModel(assembly: AssemblyModel): Record<string, unknown> {
  const { status, version, attempt, progress, progress_message, result, error, reference } = assembly;
  const { retry_count, max_retries, started, attempts } = assembly;
  const ok = status === 'completed' || status === 'partial';
  const shown = {
    status,
    version,
    attempt,
    progress,
    progress_message,
    result: ok ? result : undefined,
    reference,
    retry_count,
    max_retries,
    ok: ok ? 'ASSEMBLY_COMPLETED' : undefined,
    error: status === 'canceled' ? 'The assembly was canceled.' : undefined,
    ...error,
    can_retry: ['partial', 'failed', 'canceled'].includes(status) && retry_count < max_retries,
    attempts,
    has_started: started,
    has_ended: hasEnded(assembly),
  };
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
}
