import { countsText, deliveryLines, noteOf } from './delivery-lines.ts';
import type { DeliveryView } from './delivery-view.ts';
import type { MessageRequest } from './message-receiver.ts';

/** Lines of the table above and below its recipients, and the one that the cursor is on. */
const OTHER_LINES = 7;
/** Where each change is a line, more recipients than these are told of by their number alone. */
const MAX_TOLD = 50;
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';

/** Shows a delivery on its way: a table that is drawn again in its place on a terminal, a line for each change elsewhere. */
export class DeliveryDisplay {
  private readonly output: NodeJS.WriteStream;
  /** What the receiver was asked, to count it. */
  private readonly requests: readonly MessageRequest[];
  private drawn = 0;
  private readonly told = new Map<string, string>();

  constructor(output: NodeJS.WriteStream, requests: readonly MessageRequest[]) {
    this.output = output;
    this.requests = requests;
  }

  /** How many recipients it has room for. */
  get rows(): number {
    return this.output.isTTY ? Math.max(1, (this.output.rows ?? 24) - OTHER_LINES) : MAX_TOLD;
  }

  show(view: DeliveryView): void {
    if (this.output.isTTY) this.draw(view);
    else this.tell(view);
  }

  private draw(view: DeliveryView): void {
    const { columns = 80, rows = 24 } = this.output;
    const lines = deliveryLines(view, {
      columns,
      rows: rows - 1,
      colours: this.output.hasColors(),
      now: new Date(),
      asked: this.asked(view),
    });
    const up = this.drawn > 0 ? `\x1b[${this.drawn}A` : '';
    // Each line is cleared to its end, and what is below the last one, which a smaller window may have left.
    this.output.write(`${HIDE_CURSOR}${up}${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
    this.drawn = lines.length;
  }

  private asked({ assembly_id }: DeliveryView): Map<string, number> {
    const asked = new Map<string, number>();
    for (const { body } of this.requests)
      if (body.assembly_id === assembly_id)
        asked.set(body.submission_id, (asked.get(body.submission_id) ?? 0) + 1);
    return asked;
  }

  private tell(view: DeliveryView): void {
    this.line('', `${view.statusCode} ${view.status}: ${countsText(view)}`);
    if (view.submission_count > MAX_TOLD) return;
    for (const submission of view.submissions) {
      const { submission_id, recipient, status } = submission;
      // Without the seconds, which would be another line each time.
      const note = noteOf({ ...submission, next_retry_at: undefined }, new Date());
      this.line(submission_id, [recipient.name, status, note].filter(Boolean).join('  '));
    }
  }

  private line(of: string, text: string): void {
    if (this.told.get(of) === text) return;
    this.told.set(of, text);
    this.output.write(`  ${text}\n`);
  }

  /** Leaves what was shown where it stands. */
  end(): void {
    if (this.output.isTTY) this.output.write(SHOW_CURSOR);
    this.drawn = 0;
  }
}
