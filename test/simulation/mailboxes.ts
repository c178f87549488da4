import { RateLimitedError, StepError } from '../../lib/domain/assembly-error.ts';
import type { Receipt, SendContext } from '../../lib/domain/template.ts';
import type { Invocation, Platform } from './invocation.ts';

/** How one call of `send` can go. Drawn anew each time, so that another try may end better. */
const MOODS = {
  fine: 66,
  refuses: 6,
  'passing error': 8,
  'asks to wait': 5,
  'asks to wait without saying for how long': 1,
  'takes it, and its answer is lost': 6,
  'takes it, and the worker crashes': 1,
  hangs: 2,
  'hangs and takes it in the end': 2,
  crash: 1,
} as const;

/** Longer than `send` may take. */
const TOO_LONG_MS = 70_000;

/** Where submissions are sent to: it takes a message once, however often it comes with the same key. */
export class Mailboxes {
  private readonly taken = new Map<string, string>();
  private readonly platform: Platform;

  constructor(platform: Platform) {
    this.platform = platform;
  }

  /** The `send` of a template. */
  async send(context: SendContext<unknown>, invocation: Invocation, limit?: string): Promise<Receipt> {
    const { assemblyId, submissionId, attempt, idempotencyKey, signal } = context;
    const { history, random } = this.platform;
    const about = { assemblyId, submissionId, attempt, key: idempotencyKey, invocation: invocation.id };
    history.add({ type: 'called', ...about, ...(limit !== undefined && { limit }) });
    const take = (): Receipt => {
      const known = this.taken.get(idempotencyKey);
      const confirmation = known ?? `mail-${this.taken.size + 1}`;
      this.taken.set(idempotencyKey, confirmation);
      history.add({ type: 'taken', ...about, isNew: known === undefined });
      return { confirmation };
    };
    await invocation.travel('send');
    await invocation.clock.pause(random.int(5, 400));
    switch (random.weighted(MOODS)) {
      case 'refuses':
        throw new StepError('refused', 'WORKER_ERROR', 'There is no such mailbox.', { retryable: false });
      case 'passing error':
        throw new Error('connect ETIMEDOUT');
      case 'asks to wait':
        // Now and then for longer than a queue can hold a message back.
        throw new RateLimitedError(random.chance(0.05) ? random.int(1_000, 4_000) : random.int(1, 90));
      case 'asks to wait without saying for how long':
        throw new RateLimitedError();
      case 'takes it, and its answer is lost':
        take();
        throw new Error('socket hang up');
      case 'takes it, and the worker crashes':
        take();
        return invocation.crash();
      case 'hangs':
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        throw new Error('The operation was aborted');
      case 'hangs and takes it in the end':
        await invocation.clock.pause(TOO_LONG_MS);
        return take();
      case 'crash':
        return invocation.crash();
      default:
        return take();
    }
  }
}
