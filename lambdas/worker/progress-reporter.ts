import type { Assembly } from '../../lib/domain/assembly.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { Advance } from '../shared/advance-assembly.ts';
import type { Clock } from '../shared/clock.ts';

type Progress = Pick<Advance, 'progress' | 'progressMessage' | 'results'>;

export interface ProgressReporterOptions {
  readonly assembly: Assembly;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** Writes the progress and returns the assembly as it is then. */
  write(assembly: Assembly, progress: Progress): Promise<Assembly>;
  /** Told once, when a write was refused. */
  onLost(refusal: WaybillError): void;
  /** Told of a write that failed; the next one says more, so that none is worth failing the work for. */
  onError(error: unknown): void;
}

/** Every write is paid for and goes to the stream: one a second is what a reader can follow. */
const MIN_INTERVAL_MS = 1_000;

/**
 * Writes the progress of one claim, at most once a second, one write at a time. Steps may report as often as they like.
 * Once a write was refused, because the assembly was taken away or canceled, nothing more is written.
 */
export class ProgressReporter {
  private readonly options: ProgressReporterOptions;
  private latest: Assembly;
  private pending: Progress | undefined;
  /** Calls off the write that is planned. */
  private cancel: (() => void) | undefined;
  private writing: Promise<void> = Promise.resolve();
  private lastWriteAt = Number.NEGATIVE_INFINITY;
  private refused = false;
  private stopped = false;

  constructor(options: ProgressReporterOptions) {
    this.options = options;
    this.latest = options.assembly;
  }

  /** The assembly as of the last write. */
  get assembly(): Assembly {
    return this.latest;
  }

  report(progress: Progress): void {
    this.pending = progress;
    if (this.cancel || this.refused || this.stopped) return;
    const wait = this.lastWriteAt + MIN_INTERVAL_MS - this.time();
    this.cancel = this.options.clock.after(Math.max(0, wait), () => void this.flush());
  }

  /** Writes what is pending now and waits for it. */
  flush(): Promise<void> {
    this.cancel?.();
    this.cancel = undefined;
    this.writing = this.writing.then(() => this.writePending());
    return this.writing;
  }

  /** Waits for the write under way and drops what is pending: the end says more. */
  stop(): Promise<void> {
    this.cancel?.();
    this.stopped = true;
    this.pending = undefined;
    return this.writing;
  }

  private time(): number {
    return this.options.clock.now().getTime();
  }

  private async writePending(): Promise<void> {
    const progress = this.pending;
    this.pending = undefined;
    if (!progress || this.refused) return;
    this.lastWriteAt = this.time();
    try {
      this.latest = await this.options.write(this.latest, progress);
    } catch (error) {
      if (!(error instanceof WaybillError)) return this.options.onError(error);
      this.refused = true;
      this.options.onLost(error);
    }
  }
}
