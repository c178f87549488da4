import { createHmac, timingSafeEqual } from 'node:crypto';
import { deriveSecret } from './signature.ts';

/** 41 characters, as `listPosition` makes them. */
const POSITION = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[0-9a-f]{16}$/;
/** Nothing longer was ever given out: 41 characters and 32 bytes in base64url, and the dot between. */
const CURSOR_LENGTH = 55 + 1 + 43;

/**
 * Cursors of one reader: where a page ended, signed together with the list that it is a page of. Whoever changes a character,
 * or takes it to another list, has none. It is no permission: a list is read only for whom it belongs to.
 */
export class ListCursors {
  private readonly secret: string;

  constructor(master: string, owner: string) {
    this.secret = deriveSecret(master, { purpose: 'cursor', owner, endpoint: '', generation: 1 });
  }

  /** @param list what tells this list from every other of the reader */
  cursor(list: readonly unknown[], position: string): string {
    const signature = createHmac('sha256', this.secret).update(JSON.stringify([...list, position]));
    return `${Buffer.from(position).toString('base64url')}.${signature.digest('base64url')}`;
  }

  /** The position, or undefined for anything that is not a cursor of this list. In constant time for those that look like one. */
  positionOf(list: readonly unknown[], cursor: string): string | undefined {
    if (cursor.length !== CURSOR_LENGTH) return undefined;
    const position = Buffer.from(cursor.split('.')[0] ?? '', 'base64url').toString('latin1');
    if (!POSITION.test(position)) return undefined;
    // The whole text is compared: base64url has several texts for the same bytes.
    const expected = Buffer.from(this.cursor(list, position));
    const given = Buffer.from(cursor);
    return given.length === expected.length && timingSafeEqual(given, expected) ? position : undefined;
  }
}
