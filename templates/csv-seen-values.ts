import { hash } from 'node:crypto';

/** Of a digest, in words of 32 bits: by chance, two of 4 million values are the same in one of 10^16 files. */
const WORDS = 3;
/** A value takes its digest and its row. */
const ENTRY = WORDS + 1;
/** A piece of 1 MB: what has been kept is never copied to make room. */
const ENTRIES_A_PIECE = 2 ** 16;
const FIRST_SLOTS = 2 ** 10;

/**
 * Remembers values and the row in which each came first, in 16 bytes a value and 8 to 16 of a hash table. A Map of strings
 * takes 100 and more.
 */
export class SeenValues {
  private readonly pieces: Uint32Array[] = [];
  private size = 0;
  /** One more than the number of an entry, or 0. */
  private slots = new Uint32Array(FIRST_SLOTS);
  private readonly digest = new Uint32Array(WORDS);

  /** The row in which the value came first, or undefined where that is this one. */
  add(value: string, row: number): number | undefined {
    const bytes = hash('sha256', value, 'binary');
    for (let word = 0; word < WORDS; word += 1) this.digest[word] = wordOf(bytes, word * 4);
    const slot = this.find();
    const taken = this.slots[slot] as number;
    if (taken > 0) return this.word(taken - 1, WORDS);
    this.keep(row);
    this.slots[slot] = this.size;
    if (this.size * 2 > this.slots.length) this.grow();
    return undefined;
  }

  /** The slot that holds the digest, or the empty one where it belongs. */
  private find(): number {
    const mask = this.slots.length - 1;
    let slot = (this.digest[0] as number) & mask;
    for (;;) {
      const taken = this.slots[slot] as number;
      if (taken === 0 || this.isDigest(taken - 1)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private isDigest(entry: number): boolean {
    for (let word = 0; word < WORDS; word += 1)
      if (this.word(entry, word) !== this.digest[word]) return false;
    return true;
  }

  private keep(row: number): void {
    if (this.size % ENTRIES_A_PIECE === 0) this.pieces.push(new Uint32Array(ENTRIES_A_PIECE * ENTRY));
    const piece = this.pieces.at(-1) as Uint32Array;
    const at = (this.size % ENTRIES_A_PIECE) * ENTRY;
    piece.set(this.digest, at);
    piece[at + WORDS] = row;
    this.size += 1;
  }

  private grow(): void {
    const slots = new Uint32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let entry = 0; entry < this.size; entry += 1) {
      let slot = this.word(entry, 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry + 1;
    }
    this.slots = slots;
  }

  private word(entry: number, word: number): number {
    const piece = this.pieces[Math.floor(entry / ENTRIES_A_PIECE)] as Uint32Array;
    return piece[(entry % ENTRIES_A_PIECE) * ENTRY + word] as number;
  }
}

const wordOf = (bytes: string, at: number): number =>
  ((bytes.charCodeAt(at) << 24) |
    (bytes.charCodeAt(at + 1) << 16) |
    (bytes.charCodeAt(at + 2) << 8) |
    bytes.charCodeAt(at + 3)) >>>
  0;
