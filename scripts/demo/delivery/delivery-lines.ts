import { styleText } from 'node:util';
import { SUBMISSION_STATUSES, type SubmissionStatus } from '../../../lib/domain/submission.ts';
import { shortId } from '../stage.ts';
import type { DeliveryView, ShownSubmission } from './delivery-view.ts';

type Colour = 'dim' | 'cyan' | 'green' | 'red' | 'yellow';
type Paint = (colour: Colour, text: string) => string;

const COLOURS: Readonly<Record<SubmissionStatus, Colour>> = {
  queued: 'dim',
  processing: 'cyan',
  submitted: 'green',
  failed: 'red',
  rate_limited: 'yellow',
  canceled: 'dim',
};
const BAR_WIDTH = 30;
const NAME_WIDTH = 16;
/** The words above the columns are the widest that stand in them, but for the names. */
const CHAMBER_WIDTH = 'chamber'.length;
const STATUS_WIDTH = 'rate_limited'.length;
const ASKED_WIDTH = 'asked'.length;
/** Where the status of a row begins, and its note: two spaces stand before each cell. */
const STATUS_AT = 2 + NAME_WIDTH + 2 + CHAMBER_WIDTH + 2;
const NOTE_AT = STATUS_AT + STATUS_WIDTH + 2 + ASKED_WIDTH + 2;

export interface Frame {
  readonly columns: number;
  /** How many lines there may be. */
  readonly rows: number;
  readonly colours: boolean;
  readonly now: Date;
  /** How often the receiver was asked, by submission id. */
  readonly asked: ReadonlyMap<string, number>;
}

/** The delivery as lines of text: where the whole stands, and as many recipients as there is room for. */
export function deliveryLines(view: DeliveryView, frame: Frame): string[] {
  const paint: Paint = (colour, text) =>
    frame.colours ? styleText(colour, text, { validateStream: false }) : text;
  const { statusCode, status, assembly_id, attempt, submission_count } = view;
  const head = [
    `  ${shortId(assembly_id)}  attempt ${attempt}  ${statusCode} ${status}`,
    `  ${bar(view, paint)}`,
    cut(`  ${countsText(view)}`, frame.columns),
    '',
    paint('dim', cells('recipient', 'chamber', 'status', 'asked')),
  ];
  const room = Math.max(2, frame.rows - head.length);
  const shown = view.submissions.slice(0, submission_count > room ? room - 1 : room);
  // Before the worker has written the first of them, there is nothing to be more than.
  const hidden = shown.length > 0 ? submission_count - shown.length : 0;
  return [
    ...head,
    ...shown.map((submission) => rowOf(submission, frame, paint)),
    ...(hidden > 0 ? [paint('dim', `  … and ${hidden} more`)] : []),
  ];
}

/** How many are in each status: `18 submitted, 3 rate_limited`. */
export const countsText = ({ submission_counts }: Pick<DeliveryView, 'submission_counts'>): string =>
  SUBMISSION_STATUSES.filter((status) => submission_counts[status] > 0)
    .map((status) => `${submission_counts[status]} ${status}`)
    .join(', ');

/** Its proof, or why there is none yet, and when it is tried again. */
export function noteOf({ confirmation, error, next_retry_at, status }: ShownSubmission, now: Date): string {
  if (status === 'submitted') return confirmation ?? '';
  if (status === 'processing') return ''; // why an earlier try failed is of no interest now
  const seconds = (Date.parse(next_retry_at ?? '') - now.getTime()) / 1000;
  const again = seconds > 0 ? `again in ${seconds.toFixed(1)} s` : '';
  // That the receiver asked to wait is what the status says.
  return [again, status === 'rate_limited' && again ? '' : error].filter(Boolean).join(': ');
}

function rowOf(submission: ShownSubmission, { columns, asked, now }: Frame, paint: Paint): string {
  const { recipient, status, submission_id } = submission;
  const line = cells(recipient.name, recipient.chamber, status, String(asked.get(submission_id) ?? ''));
  const note = cut(noteOf(submission, now), columns - NOTE_AT);
  return `${line.slice(0, STATUS_AT)}${paint(COLOURS[status], status)}${line.slice(STATUS_AT + status.length)}  ${note}`;
}

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`;

const cells = (name: string, chamber: string, status: string, asked: string): string =>
  [
    '',
    name.slice(0, NAME_WIDTH).padEnd(NAME_WIDTH),
    chamber.padEnd(CHAMBER_WIDTH),
    status.padEnd(STATUS_WIDTH),
    asked.padStart(ASKED_WIDTH),
  ].join('  ');

function bar({ submission_counts, submission_count }: DeliveryView, paint: Paint): string {
  const { submitted, failed } = submission_counts;
  const cellsOf = (count: number): number => Math.floor((count / submission_count) * BAR_WIDTH);
  const green = cellsOf(submitted);
  const coloured = cellsOf(submitted + failed);
  return (
    paint('green', '█'.repeat(green)) +
    paint('red', '█'.repeat(coloured - green)) +
    paint('dim', '░'.repeat(BAR_WIDTH - coloured))
  );
}
