import { PAYLOAD_LIMIT_BYTES } from './lambda-function.ts';

/** `{"Records":[` and `]}`. */
const ENVELOPE_BYTES = 14;

const bytesOf = (record: unknown): number => Buffer.byteLength(JSON.stringify(record)) + 1;

/**
 * Cuts a batch so that the event of each part fits into an invocation, which holds 6 MB; the order stays. A batch that
 * fits is one part, one of nothing none.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
 * @param toRecord what of an item is sent
 */
export function payloadParts<Item>(
  items: readonly Item[],
  toRecord: (item: Item) => unknown = (item) => item,
): Item[][] {
  const parts: Item[][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = bytesOf(toRecord(item));
    if (bytes > room) {
      parts.push([]);
      room = PAYLOAD_LIMIT_BYTES - ENVELOPE_BYTES;
    }
    parts.at(-1)?.push(item);
    room -= bytes;
  }
  return parts;
}

/** Whether a batch is so large that it waits for no more. */
export const fillsPayload = (items: readonly unknown[]): boolean =>
  items.reduce((sum: number, item) => sum + bytesOf(item), ENVELOPE_BYTES) >= PAYLOAD_LIMIT_BYTES;
