import { CsvFault } from './csv-fault.ts';

/**
 * In states of patterns that are tried: 15 s of a core for the worst pattern that we know. A pattern that says what it means tries one or two for a
 * character that is new to it, and none for others; one that was made to hold up a worker tries a hundred for each.
 */
const MAX_WORK = 250_000_000;

/** What all patterns together may cost in one file. */
export class PatternWork {
  private left: number;

  constructor(most = MAX_WORK) {
    this.left = most;
  }

  /** @throws CsvFault `csv_pattern_too_costly` */
  spend(work: number, column: string): void {
    this.left -= work;
    if (this.left < 0) throw new CsvFault('csv_pattern_too_costly', { names: [column] });
  }
}
