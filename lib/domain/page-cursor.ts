/**
 * A cursor for clients: where a page ended, and in which list. It is no secret and no permission: whoever takes one apart
 * finds what the page has shown, and a list is only read for whom it belongs to.
 * @param list what tells this list from every other
 */
export const pageCursor = (list: readonly string[], position: unknown): string =>
  Buffer.from(JSON.stringify([...list, position])).toString('base64url');

/** The position, of whatever form, or undefined for anything that is not a cursor of this list. */
export function positionOf(list: readonly string[], cursor: string): unknown {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (!Array.isArray(parts) || parts.length !== list.length + 1) return undefined;
    return list.every((part, index) => parts[index] === part) ? parts[list.length] : undefined;
  } catch {
    return undefined;
  }
}
