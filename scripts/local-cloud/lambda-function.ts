import { randomUUID } from 'node:crypto';
import type { AsyncSettings } from './invoke-asynchronously.ts';
import { LambdaThread, type Outcome, type ThreadOptions } from './lambda-thread.ts';
import type { Meter } from './meter.ts';

export interface FunctionOptions {
  readonly name: string;
  readonly arn: string;
  readonly timeoutMs: number;
  /** Execution environments at most. */
  readonly concurrency: number;
  readonly asynchronous: AsyncSettings;
  readonly thread: ThreadOptions;
  readonly meter: Meter | undefined;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: init has its own 10 s. */
const INIT_LIMIT_MS = 10_000;

/** 6 MB and some, as Lambda counts: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const PAYLOAD_LIMIT_BYTES = 6_291_556;

/**
 * A function with its pool of execution environments. Invocations beyond the concurrency wait for their turn;
 * AWS would answer 429 TooManyRequestsException, which a developer's two cores would meet far too often.
 */
export class LambdaFunction {
  readonly name: string;
  readonly arn: string;
  readonly timeoutMs: number;
  readonly asynchronous: AsyncSettings;
  readonly #options: FunctionOptions;
  /** In the middle of an invocation. */
  readonly busyThreads = new Set<LambdaThread>();
  readonly #idle: LambdaThread[] = [];
  readonly #threads = new Set<LambdaThread>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #stopped = false;

  constructor(options: FunctionOptions) {
    this.#options = options;
    this.name = options.name;
    this.arn = options.arn;
    this.timeoutMs = options.timeoutMs;
    this.asynchronous = options.asynchronous;
  }

  /** @param event JSON text */
  async invoke(event: string, requestId: string = randomUUID()): Promise<Outcome> {
    await this.#turn();
    try {
      if (this.#stopped) return stopped;
      return withinLimit(await this.#run(event, requestId));
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  /** The variables that its code sees. */
  get environment(): Readonly<Record<string, string>> {
    return this.#options.thread.env;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }

  async #turn(): Promise<void> {
    if (this.#running >= this.#options.concurrency) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running++;
  }

  async #run(event: string, requestId: string): Promise<Outcome> {
    const thread = this.#idleThread() ?? (await this.#newThread());
    if (!(thread instanceof LambdaThread)) return this.#reported(thread);
    this.busyThreads.add(thread);
    const begun = performance.now();
    const outcome = await thread.invoke(event, requestId, this.timeoutMs);
    const milliseconds = performance.now() - begun;
    this.#options.meter?.invocation({ functionName: this.name, event, milliseconds });
    this.busyThreads.delete(thread);
    if (thread.ended) this.#threads.delete(thread);
    else this.#idle.push(thread);
    return this.#reported(outcome);
  }

  #idleThread(): LambdaThread | undefined {
    // The last used first, so that one warm thread serves a quiet function; one may have crashed while idle.
    for (let thread = this.#idle.pop(); thread; thread = this.#idle.pop()) {
      if (!thread.ended) return thread;
      this.#threads.delete(thread);
    }
    return undefined;
  }

  async #newThread(): Promise<LambdaThread | Outcome> {
    const thread = new LambdaThread(this.#options.thread);
    this.#threads.add(thread);
    const failure = await thread.load(INIT_LIMIT_MS);
    if (failure) this.#threads.delete(thread);
    return failure ?? thread;
  }

  /** CloudWatch would show the error; here it goes where the function's own lines go. */
  #reported(outcome: Outcome): Outcome {
    if ('failure' in outcome && !this.#stopped) {
      const { errorType, errorMessage, trace } = outcome.failure;
      this.#options.thread.log(`${errorType}: ${errorMessage}`);
      for (const line of trace?.slice(1) ?? []) this.#options.thread.log(line);
    }
    return outcome;
  }
}

const stopped: Outcome = {
  failure: { errorType: 'LocalCloud.Stopped', errorMessage: 'The local cloud has stopped' },
};

function withinLimit(outcome: Outcome): Outcome {
  if (!('result' in outcome) || Buffer.byteLength(outcome.result) <= PAYLOAD_LIMIT_BYTES) return outcome;
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${PAYLOAD_LIMIT_BYTES} bytes).`;
  return { failure: { errorType: 'Function.ResponseSizeTooLarge', errorMessage } };
}
