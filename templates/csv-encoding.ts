import { isUtf8 } from 'node:buffer';
import { CsvFault } from './csv-fault.ts';

export const ENCODINGS = ['utf-8', 'windows-1252', 'latin1', 'utf-16le', 'utf-16be'] as const;
export type Encoding = (typeof ENCODINGS)[number];

const MARKS: readonly { readonly encoding: Encoding; readonly bytes: Buffer }[] = [
  { encoding: 'utf-8', bytes: Buffer.from([0xef, 0xbb, 0xbf]) },
  { encoding: 'utf-16le', bytes: Buffer.from([0xff, 0xfe]) },
  { encoding: 'utf-16be', bytes: Buffer.from([0xfe, 0xff]) },
];

/** What people send for a CSV file, by its first bytes. */
const OTHER_KINDS: readonly { readonly kind: string; readonly beginning: string }[] = [
  { kind: 'Excel (.xlsx) / ZIP', beginning: 'PK\x03\x04' },
  { kind: 'Excel (.xls)', beginning: '\xd0\xcf\x11\xe0' },
  { kind: 'PDF', beginning: '%PDF-' },
  { kind: 'gzip', beginning: '\x1f\x8b' },
];

/** Enough to see a pattern of zeros in. */
const HEAD_BYTES = 4_096;
/** Such a line is refused anyway, whatever its encoding: twice what a row may have, and more. */
const HOPELESS_LINE_BYTES = 4 * 2 ** 20;

/**
 * Finds how a file is encoded. A mark at its beginning says it; else zeros tell UTF-16, and UTF-8 is what is valid as
 * UTF-8 to its end, because the first é of a long file may stand in its last row. All the rest is Windows-1252, which
 * Excel writes in America and Western Europe. Reads the whole file where nothing says so earlier.
 * @throws CsvFault `csv_empty`, `csv_not_text`, or `csv_encoding` where the mark is not that of `declared`
 */
export async function detectEncoding(
  pieces: AsyncIterable<Buffer>,
  declared: Encoding | 'auto',
): Promise<Encoding> {
  let head: Buffer = Buffer.alloc(0);
  let isHeadRead = false;
  const scan = new Utf8Scan();
  for await (const bytes of pieces) {
    if (!isHeadRead) {
      head = Buffer.concat([head, bytes]);
      if (head.length < HEAD_BYTES) continue;
      isHeadRead = true;
      const encoding = encodingOfHead(head, declared);
      if (encoding) return encoding;
      scan.add(head);
    } else scan.add(bytes);
    if (scan.isOver) return scan.encoding();
  }
  if (isHeadRead) return scan.encoding();
  if (head.length === 0) throw new CsvFault('csv_empty');
  const encoding = encodingOfHead(head, declared);
  if (encoding) return encoding;
  scan.add(head);
  return scan.encoding();
}

/** How many bytes of the file are its mark. */
export const markLength = (bytes: Buffer, encoding: Encoding): number => {
  const mark = MARKS.find((each) => each.encoding === encoding)?.bytes;
  return mark && bytes.subarray(0, mark.length).equals(mark) ? mark.length : 0;
};

/** How many of the bytes are there with all that belongs to their last character. */
export function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return bytes.length;
    if (byte < 0xc0) continue;
    const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return wanted > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function encodingOfHead(bytes: Buffer, declared: Encoding | 'auto'): Encoding | undefined {
  const head = bytes.subarray(0, HEAD_BYTES);
  const text = head.toString('latin1', 0, 8);
  const other = OTHER_KINDS.find(({ beginning }) => text.startsWith(beginning));
  if (other) throw new CsvFault('csv_not_text', { kind: other.kind });
  const marked = MARKS.find(({ bytes: mark }) => head.subarray(0, mark.length).equals(mark))?.encoding;
  if (declared === 'auto') return marked ?? utf16Of(head);
  if (marked && marked !== declared) throw new CsvFault('csv_encoding', { kind: declared, line: 1 });
  return declared;
}

/** Western text in UTF-16 has a zero in every other byte, and no other text has any. */
function utf16Of(head: Buffer): Encoding | undefined {
  const zeros = [0, 0];
  for (const [index, byte] of head.entries()) if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const many = head.length / 4;
  if (odd > many && even === 0) return 'utf-16le';
  return even > many && odd === 0 ? 'utf-16be' : undefined;
}

/** Whether bytes that come in pieces are UTF-8. */
class Utf8Scan {
  private rest: Buffer = Buffer.alloc(0);
  private isValid = true;
  private sinceBreak = 0;

  get isOver(): boolean {
    return !this.isValid || this.sinceBreak > HOPELESS_LINE_BYTES;
  }

  add(bytes: Buffer): void {
    const all = this.rest.length > 0 ? Buffer.concat([this.rest, bytes]) : bytes;
    const whole = wholeCharacters(all);
    this.isValid &&= isUtf8(all.subarray(0, whole));
    this.rest = Buffer.from(all.subarray(whole));
    const lastBreak = Math.max(bytes.lastIndexOf(10), bytes.lastIndexOf(13));
    this.sinceBreak = lastBreak < 0 ? this.sinceBreak + bytes.length : bytes.length - lastBreak;
  }

  encoding(): Encoding {
    return this.isValid && (this.rest.length === 0 || this.sinceBreak > HOPELESS_LINE_BYTES)
      ? 'utf-8'
      : 'windows-1252';
  }
}
