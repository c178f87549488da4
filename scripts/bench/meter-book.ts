import { setTimeout as wait } from 'node:timers/promises';
import type { Meter, MeteredCall, MeteredInvocation } from '../local-cloud/meter.ts';

/** A call, and when its answer was there: milliseconds of the process. */
export interface BookedCall extends MeteredCall {
  readonly at: number;
}

/** Nothing more comes of what was done: the slowest that follows is a long poll of a queue, which answers at once. */
const QUIET_MS = 700;

/** Writes down what the local cloud tells. */
export class MeterBook implements Meter {
  calls: BookedCall[] = [];
  invocations: MeteredInvocation[] = [];
  /** Bytes of the lines that functions logged. */
  logBytes = 0;
  private lastAt = 0;

  call(call: MeteredCall): void {
    this.lastAt = performance.now();
    this.calls.push({ ...call, at: this.lastAt });
  }

  invocation(invocation: MeteredInvocation): void {
    this.invocations.push(invocation);
    this.lastAt = performance.now();
  }

  log(line: string): void {
    this.logBytes += Buffer.byteLength(line) + 1;
  }

  /** Begins a new page. */
  clear(): void {
    this.calls = [];
    this.invocations = [];
    this.logBytes = 0;
  }

  /** Resolves when nobody has called anything for a while. */
  async quiet(forMs = QUIET_MS): Promise<void> {
    do await wait(QUIET_MS);
    while (performance.now() - this.lastAt < forMs);
  }
}
