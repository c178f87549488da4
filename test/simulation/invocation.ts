import type { Clock } from '../../lambdas/shared/clock.ts';
import type { Transport } from '../lambdas/transport.ts';
import type { Faults } from './faults.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/** Where invocations run. */
export interface Platform {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly faults: Faults;
  readonly history: History;
}

/** `ok` is false where it threw, was killed, or ran into its timeout. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: unknown };

/** What the SDK's standard mode makes of one call. */
const SDK_ATTEMPTS = 3;

/**
 * One run of a Lambda function. Each call that its code makes is a point at which it is suspended, and at which it may
 * end: then its code is never resumed, as if the power had gone.
 */
export class Invocation {
  /** For the trace, and to tell writers apart. */
  readonly id: string;
  private readonly platform: Platform;
  private readonly timeoutSeconds: number;
  private alive = true;
  private wasKilled = false;
  private end: (outcome: Outcome<never>) => void = () => {};
  private frozenFor = 0;
  private writes = 0;

  constructor(id: string, timeoutSeconds: number, platform: Platform) {
    this.id = id;
    this.platform = platform;
    this.timeoutSeconds = timeoutSeconds;
  }

  /** Once, somewhere in its work, it stands still for so long, and its timeout does not end it before. */
  freeze(ms: number): void {
    this.frozenFor = ms;
  }

  run<T>(work: () => Promise<T>): Promise<Outcome<T>> {
    const { scheduler, history } = this.platform;
    history.add({ type: 'invoked', invocation: this.id });
    return new Promise((resolve) => {
      const limit = this.timeoutSeconds * 1000 + 2 * this.frozenFor;
      const cancelTimeout = scheduler.after(limit, () => this.kill('timeout'));
      const settle = (type: 'returned' | 'threw' | 'killed', outcome: Outcome<T>): void => {
        if (!this.alive) return;
        // What it left behind stands still, as in a container that nobody calls any more.
        this.alive = false;
        this.wasKilled = type === 'killed';
        cancelTimeout();
        history.add({ type, invocation: this.id });
        resolve(outcome);
      };
      this.end = (outcome) => settle('killed', outcome);
      work().then(
        (value) => settle('returned', { ok: true, value }),
        (error: unknown) => settle('threw', { ok: false, error }),
      );
    });
  }

  /** False where its container was ended with it. */
  get leftItsContainer(): boolean {
    return !this.wasKilled;
  }

  kill(reason: string): void {
    this.end({ ok: false, error: new Error(`The invocation was ended: ${reason}`) });
  }

  readonly clock: Clock = {
    now: () => this.platform.scheduler.now(),
    after: (ms, callback) => this.platform.scheduler.after(ms, () => this.alive && callback()),
    pause: (ms) => new Promise<void>((resolve) => this.clock.after(ms, resolve)),
  };

  /** Told apart from the writers of all other invocations. */
  readonly newWriter = (): string => {
    this.writes += 1;
    return `${this.id}.${this.writes}`;
  };

  readonly transport: Transport = async (call, operation) => {
    const { faults, random } = this.platform;
    for (let attempt = 1; ; attempt += 1) {
      await this.travel(call);
      if (call.endsWith('.send') && faults.outageLeft > 0) {
        faults.note('queues are out', `${this.id} ${call}`);
        throw serviceError('ServiceUnavailable', 503);
      }
      const fault = this.faultOf(call);
      if (fault !== 'throttle') {
        const answer = operation();
        if (fault === 'crash') return this.crash();
        if (fault !== 'lost answer') return answer;
      }
      if (attempt === SDK_ATTEMPTS)
        throw fault === 'throttle' ? serviceError('ThrottlingException', 400) : connectionLost();
      await this.clock.pause(random.int(20, 200) * attempt);
    }
  };

  /** On the way to a service or a receiver: suspended, until it is this one's turn again. */
  async travel(call: string): Promise<void> {
    const { faults, random } = this.platform;
    let ms = random.int(1, 30);
    if (faults.happens('slow call', `${this.id} ${call}`)) ms += random.int(500, 8_000);
    if (this.frozenFor > 0 && random.chance(0.3)) {
      faults.note('worker outlives its lease', `${this.id} ${call}`);
      ms += this.frozenFor;
      this.frozenFor = 0;
    }
    await this.clock.pause(ms);
    if (faults.happens('crash before a call', `${this.id} ${call}`)) await this.crash();
  }

  /** Ends the invocation; what awaits this waits for ever. */
  crash(): Promise<never> {
    this.kill('crash');
    return new Promise(() => {});
  }

  private faultOf(call: string): 'throttle' | 'lost answer' | 'crash' | undefined {
    const { faults } = this.platform;
    const where = `${this.id} ${call}`;
    if (faults.happens('throttle', where)) return 'throttle';
    if (faults.happens('lost answer', where)) return 'lost answer';
    return faults.happens('crash after a call', where) ? 'crash' : undefined;
  }
}

const serviceError = (name: string, httpStatusCode: number) =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });

const connectionLost = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
