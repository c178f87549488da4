import { justBefore, LAST_POSITION } from '../../lib/domain/list-keys.ts';
import type { AssemblyIndex, IndexRange, IndexRow } from '../shared/assembly-index.ts';

interface Source {
  readonly range: IndexRange;
  /** Read and not yet taken, the newest first. */
  rows: IndexRow[];
  /** Down to here all is read. */
  reached: string;
  isDone: boolean;
  /** Rows of the next read. */
  chunk: number;
}

export interface ReadLimits {
  /** Rows that are read at most. */
  readonly most: number;
  /** Rows of each range that are read at first. */
  readonly first: number;
}

/** Several ranges of an index as one list, the newest first, of which no more is read than is taken, nearly. */
export class MergedRows {
  private readonly index: Pick<AssemblyIndex, 'read'>;
  private readonly sources: readonly Source[];
  private left: number;
  private lastTaken: string | undefined;

  constructor(
    ranges: readonly IndexRange[],
    index: Pick<AssemblyIndex, 'read'>,
    { most, first }: ReadLimits,
  ) {
    this.index = index;
    this.left = most;
    this.sources = ranges.map((range) => ({
      range,
      rows: [],
      reached: LAST_POSITION,
      isDone: range.low > range.high,
      chunk: first,
    }));
  }

  /** The next rows, that many or fewer; none once all are taken, or as many were read as may be. */
  async take(count: number): Promise<IndexRow[]> {
    const taken: IndexRow[] = [];
    while (taken.length < count) {
      const next = this.newest();
      const unread = this.unreadAbove(next?.rows[0]?.position);
      if (unread.length > 0) {
        if (this.left <= 0) break;
        await this.readOn(unread);
        continue;
      }
      const row = next?.rows.shift();
      if (!row) break;
      // On its way from one status to the next, it was found in both.
      if (row.position === this.lastTaken) continue;
      taken.push(row);
      this.lastTaken = row.position;
    }
    return taken;
  }

  /** Where the next page goes on: after what was taken, and what was read and is no part of the list. Undefined at the end. */
  get rest(): string | undefined {
    if (this.sources.every(({ isDone, rows }) => isDone && rows.length === 0)) return undefined;
    const blocked = this.unreadAbove(this.newest()?.rows[0]?.position).map(({ reached }) => reached);
    const passed = blocked.sort().at(-1);
    return passed === undefined || passed === LAST_POSITION ? this.lastTaken : lower(passed, this.lastTaken);
  }

  private newest(): Source | undefined {
    let newest: Source | undefined;
    for (const source of this.sources) {
      const [row] = source.rows;
      if (row && row.position > (newest?.rows[0]?.position ?? '')) newest = source;
    }
    return newest;
  }

  /** The ranges that may have something before that place which was not read yet. */
  private unreadAbove(position = ''): Source[] {
    return this.sources.filter(
      ({ isDone, rows, reached }) => !isDone && rows.length === 0 && reached > position,
    );
  }

  private async readOn(sources: readonly Source[]): Promise<void> {
    const share = Math.max(1, Math.floor(this.left / sources.length));
    const reads = sources.map(async (source) => {
      const { range, reached } = source;
      const high = reached === LAST_POSITION ? range.high : justBefore(reached);
      const found = await this.index.read({ ...range, high }, Math.min(source.chunk, share));
      this.left -= found.read;
      // What is rarely found is looked for in ever larger parts.
      if (found.rows.length * 2 < found.read) source.chunk *= 2;
      source.rows = [...found.rows];
      source.isDone = found.reached === undefined || found.reached <= range.low;
      source.reached = found.reached ?? range.low;
    });
    await Promise.all(reads);
  }
}

const lower = (one: string, other: string | undefined): string =>
  other === undefined || one < other ? one : other;
