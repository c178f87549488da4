import { createDecoder } from './csv-decoder.ts';
import { type Encoding, markLength } from './csv-encoding.ts';
import { CsvFault } from './csv-fault.ts';

/** What is parsed at once: some milliseconds. `csv-file-validation` frees the thread between its rows. */
const BLOCK_LENGTH = 16 * 1024;

/**
 * The text of a file in blocks of one length, with `\n` for every line break, whichever it was. The blocks do not depend on
 * how the bytes happened to come, so nothing that is found in them does.
 * @throws CsvFault `csv_encoding` or `csv_not_text`, after the text that stands before the fault
 */
export async function* csvText(pieces: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<string> {
  let text = '';
  let line = 1;
  /** Cuts off a block, and throws where it has what no text has. */
  const blockOf = (length: number): string => {
    const last = text.charCodeAt(length - 1);
    // Not between the two halves of a character.
    const block = text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
    text = text.slice(block.length);
    return block;
  };
  function* checked(block: string): Generator<string> {
    const zero = block.indexOf('\0');
    const good = zero < 0 ? block : block.slice(0, zero);
    line += countBreaks(good);
    if (good !== '') yield good;
    if (zero >= 0) throw new CsvFault('csv_not_text', { line });
  }
  for await (const { piece, isBroken } of decoded(pieces, encoding)) {
    text += piece;
    while (text.length > BLOCK_LENGTH) yield* checked(blockOf(BLOCK_LENGTH));
    if (!isBroken) continue;
    yield* checked(text);
    throw new CsvFault('csv_encoding', { kind: encoding, line });
  }
  yield* checked(text);
}

async function* decoded(
  pieces: AsyncIterable<Buffer>,
  encoding: Encoding,
): AsyncGenerator<{ readonly piece: string; readonly isBroken: boolean }> {
  const decoder = createDecoder(encoding);
  let head: Buffer | undefined = Buffer.alloc(0);
  // A \r at the end of a piece may be one half of a line break.
  let held = '';
  const unified = (text: string, isEnd: boolean): string => {
    const all = held + text;
    held = !isEnd && all.endsWith('\r') ? '\r' : '';
    return (held ? all.slice(0, -1) : all).replace(/\r\n?/g, '\n');
  };
  for await (const next of pieces) {
    let bytes = next;
    if (head) {
      head = Buffer.concat([head, bytes]);
      if (head.length < 3) continue;
      bytes = head.subarray(markLength(head, encoding));
      head = undefined;
    }
    const { text, isBroken } = decoder.write(bytes);
    yield { piece: unified(text, isBroken), isBroken };
    if (isBroken) return;
  }
  const last = decoder.write(head ? head.subarray(markLength(head, encoding)) : Buffer.alloc(0));
  yield { piece: unified(last.text, true), isBroken: last.isBroken || decoder.isCut() };
}

function countBreaks(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
