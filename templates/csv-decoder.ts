import { isUtf8 } from 'node:buffer';
import { type Encoding, wholeCharacters } from './csv-encoding.ts';

/** What bytes say, up to the first that the encoding does not know. */
export interface Decoded {
  readonly text: string;
  readonly isBroken: boolean;
}

export interface Decoder {
  write(bytes: Buffer): Decoded;
  /** True where a character has begun that never came. */
  isCut(): boolean;
}

/**
 * A decoder that keeps what is before a fault: TextDecoder throws and says neither where nor what was right. Its `latin1`
 * would be Windows-1252 too, and that one would take bytes that Windows-1252 does not have.
 */
export function createDecoder(encoding: Encoding): Decoder {
  switch (encoding) {
    case 'utf-8':
      return inWholes(wholeCharacters, decodeUtf8);
    case 'utf-16le':
      return inWholes(wholeUtf16('le'), decodeUtf16);
    case 'utf-16be':
      return inWholes(wholeUtf16('be'), (bytes) => decodeUtf16(Buffer.from(bytes).swap16()));
    case 'latin1':
      return inWholes(
        ({ length }) => length,
        (bytes) => ({ text: bytes.toString('latin1'), isBroken: false }),
      );
    case 'windows-1252':
      return inWholes(({ length }) => length, decodeWindows1252);
  }
}

/** Keeps back what belongs to a character that is not there as a whole yet. */
function inWholes(whole: (bytes: Buffer) => number, decode: (bytes: Buffer) => Decoded): Decoder {
  let rest: Buffer = Buffer.alloc(0);
  return {
    write(bytes) {
      const all = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes;
      const length = whole(all);
      rest = Buffer.from(all.subarray(length));
      return decode(all.subarray(0, length));
    },
    isCut: () => rest.length > 0,
  };
}

function decodeUtf8(bytes: Buffer): Decoded {
  if (isUtf8(bytes)) return { text: bytes.toString('utf8'), isBroken: false };
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const head = bytes.subarray(0, middle);
    if (isUtf8(head.subarray(0, wholeCharacters(head)))) good = middle;
    else bad = middle;
  }
  const head = bytes.subarray(0, good);
  return { text: head.toString('utf8', 0, wholeCharacters(head)), isBroken: true };
}

/** Without a last half of a unit, and without the first half of a pair. */
const wholeUtf16 =
  (order: 'le' | 'be') =>
  (bytes: Buffer): number => {
    const even = bytes.length - (bytes.length % 2);
    const high = bytes[order === 'le' ? even - 1 : even - 2] ?? 0;
    return even >= 2 && high >= 0xd8 && high < 0xdc ? even - 2 : even;
  };

function decodeUtf16(bytes: Buffer): Decoded {
  const text = bytes.toString('utf16le');
  if (text.isWellFormed()) return { text, isBroken: false };
  const lone = /[\ud800-\udfff]/u.exec(text)?.index ?? 0;
  return { text: text.slice(0, lone), isBroken: true };
}

/** Where Windows-1252 differs from Latin-1: 0x80 to 0x9f. Five of them stand for nothing. */
const HIGH = '€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ';

function decodeWindows1252(bytes: Buffer): Decoded {
  const latin1 = bytes.toString('latin1');
  const unknown = /[\x81\x8d\x8f\x90\x9d]/.exec(latin1);
  const known = unknown ? latin1.slice(0, unknown.index) : latin1;
  const text = known.replace(/[\x80-\x9f]/g, (character) => HIGH[character.charCodeAt(0) - 0x80] ?? '');
  return { text, isBroken: unknown !== null };
}
