import type { Assembly } from './assembly.ts';
import { STATUSES, type Status } from './state-machine.ts';

/** BullMQ's words, and so those of seeds 001 and 002: fewer than ours, and with the waiting told apart. */
export const JOB_STATES = ['waiting', 'active', 'delayed', 'completed', 'failed'] as const;
export type JobState = (typeof JOB_STATES)[number];

type Moment = Pick<Assembly, 'status' | 'next_retry_at'>;

/** True where it waits for the time of its next run. */
const isDelayed = ({ status, next_retry_at }: Moment, now: Date): boolean =>
  status === 'queued' && next_retry_at !== undefined && next_retry_at > now.toISOString();

/** As the seed would call it. */
export function jobStateOf(assembly: Moment, now: Date): JobState {
  if (isDelayed(assembly, now)) return 'delayed';
  return SEED_STATES[assembly.status];
}

const SEED_STATES: Readonly<Record<Status, JobState>> = {
  uploading: 'waiting',
  queued: 'waiting',
  processing: 'active',
  completed: 'completed',
  partial: 'completed',
  failed: 'failed',
  canceled: 'failed',
};

/** The seed's words that are none of our statuses, and so can be asked for beside those. */
const SEED_WORDS = ['waiting', 'active', 'delayed'] as const satisfies readonly JobState[];
type SeedWord = (typeof SEED_WORDS)[number];

/** What a list can be asked for. `completed` and `failed` are words of both: they mean our statuses. */
export const LIST_STATUSES = [...STATUSES, ...SEED_WORDS] as const;
export type ListStatus = Status | SeedWord;

const isSeedWord = (word: ListStatus): word is SeedWord => (SEED_WORDS as readonly string[]).includes(word);

/** The statuses of the assemblies that such a list can have. */
export const statusesOf = (word: ListStatus): readonly Status[] =>
  isSeedWord(word) ? WAITING_IN[word] : [word];

const WAITING_IN: Readonly<Record<SeedWord, readonly Status[]>> = {
  waiting: ['uploading', 'queued'],
  active: ['processing'],
  delayed: ['queued'],
};

/** Undefined where it makes no difference whether an assembly is delayed. */
export const wantsDelayed = (word: ListStatus): boolean | undefined => {
  if (word === 'delayed') return true;
  return word === 'waiting' ? false : undefined;
};

/** Whether the assembly belongs to that list at this moment. */
export const isListedAs = (assembly: Moment, word: ListStatus, now: Date): boolean =>
  isSeedWord(word) ? jobStateOf(assembly, now) === word : assembly.status === word;
