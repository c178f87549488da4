import type { Assembly } from './assembly.ts';
import type { AssemblyError } from './assembly-error.ts';
import type { Status } from './state-machine.ts';

/** One run that is over: when, how and why. */
export interface RunRecord {
  readonly attempt: number;
  /** What the assembly became: how the attempt ended, or `queued` where the same attempt goes on with another run. */
  readonly status: Status;
  /** Absent where no worker had taken it. */
  readonly started_at?: string;
  readonly ended_at: string;
  /** Without the raw text. */
  readonly error?: AssemblyError;
}

/** Each is part of the item that every status read pays for. */
const MAX_RUN_RECORDS = 20;
const MAX_MESSAGE = 200;

/** The history of the assembly with the run that now ends; the oldest make room. */
export function withRunRecord(
  { attempt, started_at, attempts = [] }: Assembly,
  { status, ended_at, error }: Pick<RunRecord, 'status' | 'ended_at' | 'error'>,
): readonly RunRecord[] {
  const record: RunRecord = {
    attempt,
    status,
    ...(started_at !== undefined && { started_at }),
    ended_at,
    ...(error && { error: shortened(error) }),
  };
  return [...attempts, record].slice(-MAX_RUN_RECORDS);
}

function shortened({ details: _, message, ...error }: AssemblyError): AssemblyError {
  const cut = (text: string): string => text.slice(0, MAX_MESSAGE).toWellFormed();
  if (message === undefined) return error;
  return {
    ...error,
    message: typeof message === 'string' ? cut(message) : { en: cut(message.en), fr: cut(message.fr) },
  };
}
