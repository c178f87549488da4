import { type Assembly, epochSeconds, isExpired } from '../../lib/domain/assembly.ts';
import {
  assemblyErrorOf,
  ownError,
  StepError,
  sentenceOf,
  ValidationError,
} from '../../lib/domain/assembly-error.ts';
import { idempotencyKey } from '../../lib/domain/idempotency-key.ts';
import { limitKeyOf } from '../../lib/domain/rate-limit.ts';
import { submissionIdOf } from '../../lib/domain/recipients.ts';
import { isTerminal } from '../../lib/domain/state-machine.ts';
import {
  type Submission,
  type SubmissionMessage,
  type SubmissionStatus,
  WAITING,
} from '../../lib/domain/submission.ts';
import type { SendingTemplate, StepLog } from '../../lib/domain/template.ts';
import type { TemplateRegistry } from '../../lib/domain/template-registry.ts';
import { changeUntaken } from '../shared/change-untaken.ts';
import type { Clock } from '../shared/clock.ts';
import type { RetrySettings } from '../shared/end-change.ts';
import type { MessageQueue } from '../shared/message-queue.ts';
import { asSeen, queuedFor, type SubmissionChange, TAKEN } from '../shared/submission-change.ts';
import { sendSubmissionMessage } from '../shared/submission-message.ts';
import type { SubmissionStore } from '../shared/submission-store.ts';
import type { ParsedFields, Prepared } from './parsed-fields.ts';
import type { RecentAssemblies } from './recent-assemblies.ts';
import { failureOf, outcomeOf, type SendResult } from './submission-outcome.ts';
import type { TurnTaker } from './turn-taker.ts';

export interface SendDependencies extends Pick<Clock, 'now' | 'after'> {
  readonly assemblies: Pick<RecentAssemblies, 'get'>;
  readonly parsedFields: Pick<ParsedFields, 'of'>;
  readonly submissions: Pick<SubmissionStore, 'change'>;
  readonly submissionsQueue: Pick<MessageQueue<SubmissionMessage>, 'send'>;
  readonly turns: Pick<TurnTaker, 'take'>;
  readonly templates: TemplateRegistry;
  readonly retry: RetrySettings;
  /** How long one call of `send` may take. */
  readonly sendSeconds: number;
  /** For how long nobody else may take a submission. */
  readonly leaseSeconds: number;
  readonly log: StepLog;
}

/**
 * What became of a message. `skipped`: its submission is not, or no longer, waiting for it. `early`: it was sent on. `lost`:
 * somebody else has the submission by now.
 */
export type SendOutcome = 'skipped' | 'early' | 'lost' | SubmissionStatus;

/** A turn that is used later than this is one for somebody else: a backlog must not come down on a receiver at once. */
const TURN_HOLDS_MS = 2_000;
/** Days for which a submission waits for its turn: for longer than that its row and its fields are not kept. */
const LONGEST_LINE_DAYS = 30;
/** SQS counts whole seconds, and so a message may come a little early. */
const EARLY_MS = 1_000;

/**
 * Sends to the recipient that the message speaks of, and writes what became of it. Any number of copies of a message may run:
 * one takes the submission, the others find it taken and are done.
 */
export async function sendSubmission(
  message: SubmissionMessage,
  dependencies: SendDependencies,
): Promise<SendOutcome> {
  const { assemblies, templates, now } = dependencies;
  if (message.not_before && Date.parse(message.not_before) - now().getTime() > EARLY_MS) {
    await sendSubmissionMessage(message, dependencies);
    return 'early';
  }
  const isFor = (assembly: Assembly): boolean =>
    assembly.attempt === message.attempt && !isTerminal(assembly.status) && !isExpired(assembly, now());
  const assembly = await assemblies.get(message.assembly_id, isFor);
  if (!assembly || !isFor(assembly))
    return assembly ? forNewAttempt(message, assembly, dependencies) : 'skipped';
  const template = templates.get(assembly.template_id);
  if (!template?.fanOut || template.external) return refuse(message, templateMissing(assembly), dependencies);
  let prepared: Prepared;
  try {
    prepared = await dependencies.parsedFields.of(assembly, template);
  } catch (error) {
    // What is wrong with all of them for good ends each; anything else comes again with its message.
    if (error instanceof StepError) return refuse(message, error, dependencies);
    throw error;
  }
  const turn = await turnFor(message, prepared, template, dependencies);
  if (turn && turn.getTime() - now().getTime() > LONGEST_LINE_DAYS * 86_400_000)
    return refuse(message, turnTooLate(), dependencies);
  if (turn) return waitForTurn(message, turn, assembly, dependencies);
  const taken = await take(message, assembly, dependencies);
  if (!taken) return 'skipped';
  if (taken.status !== 'processing') return taken.status;
  const result = await callSend(taken, prepared, template, dependencies);
  const settings = { ...dependencies.retry, maxRetries: assembly.max_retries };
  const outcome = outcomeOf(taken, result, now(), settings);
  const { written, item } = await dependencies.submissions.change(
    taken,
    { ...asSeen(taken), ...outcome },
    now(),
  );
  if (!written) return 'lost';
  // What waits has a message, which comes to this by itself.
  if (item.status === 'failed') await requeueFailed(item, dependencies);
  return item.status;
}

/**
 * While it was tried in one attempt, the assembly was canceled and began another, which left it to the worker that had it:
 * then it is queued for that one, as all others are.
 */
async function forNewAttempt(
  message: SubmissionMessage,
  assembly: Assembly,
  { submissions, now }: Pick<SendDependencies, 'submissions' | 'now'>,
): Promise<SendOutcome> {
  if (assembly.attempt <= message.attempt || isTerminal(assembly.status)) return 'skipped';
  const { attempt } = assembly;
  const { written } = await submissions.change(
    message,
    { from: WAITING, attempt: message.attempt, ...queuedFor(attempt) },
    now(),
  );
  return written ? 'queued' : 'skipped';
}

async function requeueFailed(
  row: Submission,
  { assemblies, submissions, now }: Pick<SendDependencies, 'assemblies' | 'submissions' | 'now'>,
): Promise<void> {
  const assembly = await assemblies.get(row.assembly_id, () => false);
  if (!assembly || assembly.attempt <= row.attempt || isTerminal(assembly.status)) return;
  await submissions.change(row, { ...asSeen(row), ...queuedFor(assembly.attempt) }, now());
}

/** When it may go, by the template's limit; undefined for at once. */
async function turnFor(
  { position, not_before, has_turn }: SubmissionMessage,
  { fields }: Prepared,
  { id, fanOut: { rateLimit } }: SendingTemplate,
  { turns, now }: SendDependencies,
): Promise<Date | undefined> {
  const recipient = fields.recipients[position];
  if (!rateLimit || !recipient) return undefined;
  const time = now().getTime();
  if (has_turn && not_before && time <= Date.parse(not_before) + TURN_HOLDS_MS) return undefined;
  const turn = await turns.take(limitKeyOf(id, rateLimit.key?.(recipient)), rateLimit.perSecond);
  return turn > now() ? turn : undefined;
}

async function waitForTurn(
  message: SubmissionMessage,
  turn: Date,
  assembly: Assembly,
  dependencies: SendDependencies,
): Promise<SendOutcome> {
  const change = {
    set: { status: 'rate_limited', next_retry_at: turn.toISOString(), has_turn: true },
    remove: ['lease_until'],
  } as const;
  const waiting = await changeDue(message, change, assembly, dependencies);
  return waiting?.status ?? 'skipped';
}

/** The submission, in this worker's hands; or as it is where it was lost once too often. Undefined where it is not to be had. */
const take = (
  message: SubmissionMessage,
  assembly: Assembly,
  dependencies: SendDependencies,
): Promise<Submission | undefined> => {
  const lease_until = epochSeconds(dependencies.now()) + dependencies.leaseSeconds;
  const change = {
    set: { status: 'processing', lease_until },
    remove: ['next_retry_at', 'has_turn'],
  } as const;
  return changeDue(message, change, assembly, dependencies);
};

/** Changes what is due. Of one whose worker stopped, that counts as a retry; it fails where none is left. */
const changeDue = (
  message: SubmissionMessage,
  change: Pick<SubmissionChange, 'set' | 'remove'>,
  { max_retries }: Assembly,
  dependencies: SendDependencies,
): Promise<Submission | undefined> => {
  const time = dependencies.now();
  const left = (row: Submission) => {
    const end = failureOf(row, LOST, time, { ...dependencies.retry, maxRetries: max_retries });
    if (end.set.status === 'failed') return end;
    return { ...change, set: { ...change.set, retry_count: row.retry_count + 1 } };
  };
  return changeUntaken(message, change, { dueBy: soon(time), left }, dependencies);
};

const LOST = ownError('submission_lost');

/** A `send` that does not look at its signal is left behind: by then its submission is tried again. */
async function callSend(
  submission: Submission,
  { fields, config }: Prepared,
  { fanOut }: SendingTemplate,
  { sendSeconds, after, log }: SendDependencies,
): Promise<SendResult> {
  const { assembly_id: assemblyId, submission_id: submissionId, attempt, position } = submission;
  const recipient = fields.recipients[position];
  // By its place, as `send` gets what the schema has made of it: one that sorts or filters would send to somebody else.
  if (!recipient || submissionIdOf(recipient) !== submissionId)
    return { error: new ValidationError('fields_invalid', sentenceOf('fields_invalid')) };
  const abort = new AbortController();
  const timeout = Promise.withResolvers<never>();
  const callOff = after(sendSeconds * 1000, () => {
    const error = new StepError(
      'worker_timeout',
      'WORKER_ERROR',
      sentenceOf('worker_timeout', { seconds: sendSeconds }),
    );
    abort.abort(error);
    timeout.reject(error);
  });
  const context = {
    ...{ assemblyId, submissionId, attempt, fields, recipient, config, log },
    idempotencyKey: idempotencyKey(submission),
    signal: abort.signal,
  };
  try {
    return { receipt: await Promise.race([fanOut.send(context), timeout.promise]) };
  } catch (error) {
    // A call that was broken off throws what it likes: it was the time.
    return { error: abort.signal.aborted ? abort.signal.reason : error };
  } finally {
    callOff();
  }
}

/** Fails the submission where no try could go better. */
async function refuse(
  message: SubmissionMessage,
  error: StepError,
  dependencies: SendDependencies,
): Promise<SendOutcome> {
  const change = { set: { status: 'failed', error: assemblyErrorOf(error, 'send') }, remove: TAKEN } as const;
  const refused = await changeUntaken(message, change, {}, dependencies);
  return refused ? 'failed' : 'skipped';
}

const turnTooLate = (): StepError => {
  const params = { days: LONGEST_LINE_DAYS };
  const options = { retryable: false };
  return new StepError('turn_too_late', 'QUEUE_ERROR', sentenceOf('turn_too_late', params), options);
};

const templateMissing = ({ template_id: template }: Assembly): StepError =>
  new StepError('template_missing', 'WORKER_ERROR', sentenceOf('template_missing', { template }), {
    retryable: false,
  });

const soon = (now: Date): Date => new Date(now.getTime() + EARLY_MS);
