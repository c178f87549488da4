import type { Submission } from '../../lib/domain/submission.ts';
import { tallyIntervalSeconds } from '../../lib/domain/submission-tally.ts';
import { MAX_DELAY_SECONDS, type MessageQueue } from '../shared/message-queue.ts';
import type { TallyMessage } from '../shared/tally-message.ts';

interface Planned {
  /** Not before this, milliseconds of the epoch, the count begins. */
  readonly at: number;
  readonly sent: Promise<void>;
  /** While the batch goes on in which it was planned: all changes of it were written before. */
  isOfThisBatch: boolean;
}

/** So that a change is not counted before the others that come with it. */
const FIRST_AFTER_MS = 1_000;
/** SQS counts whole seconds, and so a count may begin a little early: what changes then needs another one. */
const EARLY_MS = 1_000;
/** A count is written a moment after it was due. The next one would come too early for it, and be put off. */
const MARGIN_MS = 1_000;
/** Assemblies in memory: their plans are over in a moment. */
const MAX_PLANNED = 1_000;

/**
 * Plans one count after each change of a submission, and for all changes until then no other. What it remembers is that of
 * one container, and only saves counts: another container plans another one, which does no harm.
 */
export class TallyPlanner {
  private readonly tallyQueue: Pick<MessageQueue<TallyMessage>, 'send'>;
  private readonly now: () => Date;
  private readonly planned = new Map<string, Planned>();

  constructor({
    tallyQueue,
    now,
  }: { readonly tallyQueue: Pick<MessageQueue<TallyMessage>, 'send'>; readonly now: () => Date }) {
    this.tallyQueue = tallyQueue;
    this.now = now;
  }

  /** Resolves when a count is under way that will see this change. */
  plan({ assembly_id, submission_count }: Submission): Promise<void> {
    const time = this.now().getTime();
    const known = this.planned.get(assembly_id);
    if (known && (known.isOfThisBatch || known.at - EARLY_MS >= time)) return known.sent;
    const earliest = (known?.at ?? 0) + tallyIntervalSeconds(submission_count) * 1000 + MARGIN_MS;
    const delaySeconds = Math.ceil((Math.max(time + FIRST_AFTER_MS, earliest) - time) / 1000);
    const at = time + delaySeconds * 1000;
    const sent = this.tallyQueue.send(
      { assembly_id, until: new Date(at).toISOString() },
      { delaySeconds: Math.min(MAX_DELAY_SECONDS, delaySeconds) },
    );
    this.forgetThePast(time);
    const planned = { at, sent, isOfThisBatch: true };
    this.planned.set(assembly_id, planned);
    // The records of a batch come one after the other, before anything else.
    queueMicrotask(() => {
      planned.isOfThisBatch = false;
    });
    // The record comes again, and must not find a plan that was never carried out.
    sent.catch(() => this.planned.delete(assembly_id));
    return sent;
  }

  private forgetThePast(time: number): void {
    if (this.planned.size < MAX_PLANNED) return;
    for (const [id, { at }] of this.planned) if (at <= time) this.planned.delete(id);
  }
}
