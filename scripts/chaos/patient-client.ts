import { setTimeout as wait } from 'node:timers/promises';
import type { AssemblyStatus } from '../../lib/domain/assembly-status.ts';
import type { ShownDelivery } from '../../lib/domain/shown-delivery.ts';

/** The members that the load looks at, of all the bodies that there are. */
export type AnswerBody = Partial<AssemblyStatus> & {
  /** Of a problem. */
  readonly code?: string;
  readonly current?: Partial<AssemblyStatus>;
  readonly claim?: number;
  readonly secret?: string;
  readonly deliveries?: readonly ShownDelivery[];
  readonly cursor?: string;
};

export interface Answer {
  readonly status: number;
  readonly body: AnswerBody;
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Told of an answer that no client should get, before the call is repeated. */
  readonly onStrange?: (what: string) => void;
}

export interface PatientClientOptions {
  readonly url: string;
  readonly random: () => number;
  /** Nothing is repeated after it. */
  readonly over: AbortSignal;
}

/** An answer, or why the call has to be repeated. */
type Outcome = { readonly answer: Answer } | { readonly reason: string; readonly retryAfterMs?: number };

/** As many as two cores answer without keeping each other waiting. */
const CALLS_AT_ONCE = 16;
/** Of the writes, as many are hung up on by the client itself before the answer is there, and repeated. */
const HUNG_UP_RATE = 0.05;
const LONGEST_HURRY_MS = 40;
const PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_000;

/** A client as a user would write it: what gets no answer, or a 5xx, is sent again until it has one. */
export class PatientClient {
  private readonly options: PatientClientOptions;
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  /** Calls that were repeated, by the reason. */
  readonly repeated: Record<string, number> = {};
  /** Answers of all kinds, repeated calls included. */
  calls = 0;

  constructor(options: PatientClientOptions) {
    this.options = options;
  }

  /** @throws Error when the run is over */
  async call(path: string, call: Call): Promise<Answer> {
    const { random, over } = this.options;
    let hurried = call.method !== undefined && call.method !== 'GET' && random() < HUNG_UP_RATE;
    for (let round = 1; ; round++) {
      over.throwIfAborted();
      const outcome = await this.inTurn(() => this.once(path, call, hurried));
      if ('answer' in outcome) return outcome.answer;
      this.repeated[outcome.reason] = (this.repeated[outcome.reason] ?? 0) + 1;
      const pause = hurried ? 0 : (outcome.retryAfterMs ?? Math.min(PAUSE_MS * round, LONGEST_PAUSE_MS));
      hurried = false;
      await wait(pause, undefined, { signal: over });
    }
  }

  private async once(
    path: string,
    { method = 'GET', headers, body, onStrange }: Call,
    hurried: boolean,
  ): Promise<Outcome> {
    const { url, random } = this.options;
    this.calls++;
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        ...(hurried && { signal: AbortSignal.timeout(Math.ceil(random() * LONGEST_HURRY_MS)) }),
      });
      const text = await response.text();
      const { status } = response;
      if (status < 500) return { answer: { status, body: JSON.parse(text) as AnswerBody } };
      // The gateway's own, where a function was ended, says nothing but this; ours are problems.
      if (status !== 503 && !text.includes('"message":"Internal Server Error"'))
        onStrange?.(`${method} ${path}: ${status} ${text.slice(0, 300)}`);
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
      const reason = `${status} ${text.includes('"code"') ? 'of ours' : "of the gateway's"}`;
      return { reason, ...(seconds > 0 && { retryAfterMs: seconds * 1000 }) };
    } catch (error) {
      return { reason: hurried ? 'hung up' : `connection: ${causeOf(error)}` };
    }
  }

  private async inTurn<T>(run: () => Promise<T>): Promise<T> {
    if (this.running >= CALLS_AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running++;
    try {
      return await run();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}

const causeOf = (error: unknown): string => {
  const { cause, message } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? message;
};
