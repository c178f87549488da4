import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';

/** The body of a failed invocation, as Lambda writes it. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** What came of an invocation: the result as JSON text, or the error. */
export type Outcome = { readonly result: string } | { readonly failure: FunctionError };

export interface ThreadOptions {
  readonly url: string;
  readonly handler: string;
  readonly exportName: string;
  readonly env: Record<string, string>;
  readonly context: object;
  readonly log: (line: string) => void;
}

type Message = Outcome | { readonly ready: true };

const MAIN = new URL('./lambda-thread-main.js', import.meta.url);

/**
 * One execution environment: a worker thread that has loaded a function's bundle. It takes one invocation at a
 * time. Unlike on AWS it is not frozen between invocations, so work left behind by a handler goes on here.
 */
export class LambdaThread {
  readonly #worker: Worker;
  #settle: ((message: Message) => void) | undefined;
  #pending: Promise<Message>;
  ended = false;

  constructor({ env, log, ...workerData }: ThreadOptions) {
    this.#pending = this.#nextMessage();
    // env: nothing of the host's environment. execArgv: nor the flags of whoever started it.
    this.#worker = new Worker(MAIN, { workerData, env, execArgv: [], stdout: true, stderr: true });
    this.#worker.on('message', (message: Message) => this.#settle?.(message));
    this.#worker.on('error', (error) => this.#end(crash(error)));
    this.#worker.on('exit', (code) => this.#end(exited(code)));
    eachLine(this.#worker.stdout, log);
    eachLine(this.#worker.stderr, log);
  }

  /** Resolves when the bundle is loaded; a failure says why it could not be. */
  async load(limitMs: number): Promise<Outcome | undefined> {
    const message = await this.#before(limitMs, {
      errorType: 'Sandbox.Timedout',
      errorMessage: `Init did not end within ${limitMs / 1000} seconds`,
    });
    if ('ready' in message) return undefined;
    await this.terminate();
    return message;
  }

  /** Runs the handler; after `timeoutMs` the thread is ended, whatever it does. */
  async invoke(event: string, requestId: string, timeoutMs: number): Promise<Outcome> {
    this.#pending = this.#nextMessage();
    this.#worker.postMessage({ event, requestId, deadline: Date.now() + timeoutMs });
    const message = await this.#before(timeoutMs, {
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
    });
    return 'ready' in message ? { result: 'null' } : message;
  }

  async terminate(): Promise<void> {
    this.ended = true;
    await this.#worker.terminate();
  }

  #nextMessage(): Promise<Message> {
    return new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  async #before(limitMs: number, failure: FunctionError): Promise<Message> {
    const timer = setTimeout(() => this.#end(failure), limitMs);
    const message = await this.#pending;
    clearTimeout(timer);
    return message;
  }

  #end(failure: FunctionError): void {
    this.ended = true;
    this.#settle?.({ failure });
    void this.#worker.terminate();
  }
}

function crash(error: unknown): FunctionError {
  if (!(error instanceof Error))
    return { errorType: 'Runtime.UncaughtException', errorMessage: String(error) };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

const exited = (code: number): FunctionError => ({
  errorType: 'Runtime.ExitError',
  errorMessage: `Runtime exited ${code === 0 ? 'without providing a reason' : `with error: exit status ${code}`}`,
});

function eachLine(stream: Readable, log: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) log(line);
  });
  stream.on('end', () => {
    if (rest) log(rest);
  });
}
