import { setTimeout } from 'node:timers/promises';
import { placeOf } from './invented-recipients.ts';
import {
  type Behaviour,
  type MessageReceiver,
  type MessageRecipient,
  startMessageReceiver,
} from './message-receiver.ts';

export interface TroubledReceiver extends MessageReceiver {
  /** From now on it takes what it refused. */
  open(): void;
}

const throttled = (status: number, seconds: number): Behaviour => ({
  status,
  headers: { 'retry-after': String(seconds) },
});
const refused = (status: number, body: string): Behaviour => ({ status, body });

/** By place in the list, and again in each further two dozen: what the first try meets. */
const FIRST_TRY: ReadonlyMap<number, Behaviour> = new Map([
  [4, throttled(429, 1)],
  [6, { status: 500 }],
  [8, throttled(429, 2)],
  [14, 'lose_answer'],
  [17, throttled(503, 1)],
  [21, 'hang_up'],
]);
/** What every try meets, until it opens. */
const CLOSED: ReadonlyMap<number, Behaviour> = new Map([
  [3, refused(403, 'The office takes no messages this week.')],
  [11, refused(422, 'The office wants another subject.')],
  [19, refused(404, 'The seat is vacant.')],
]);
/** The place of the office that does not answer at first, where that is asked for. */
const HANGS = 9;
const EVERY = 24;

/**
 * The gateways of both chambers on a bad day: most offices take their message, some are busy at first, and some want none.
 * @param thinkMs how long it thinks about a message, at most
 * @param hangs whether one of two dozen does not answer the first try at all
 */
export async function startTroubledReceiver(thinkMs: number, hangs = false): Promise<TroubledReceiver> {
  let isOpen = false;
  const behaviourOf = (recipient: MessageRecipient, tries: number): Behaviour => {
    const place = placeOf(recipient) % EVERY;
    if (hangs && place === HANGS && tries === 1) return 'hang';
    const met = (isOpen ? undefined : CLOSED.get(place)) ?? (tries === 1 ? FIRST_TRY.get(place) : undefined);
    return met ?? 'accept';
  };
  const receiver = await startMessageReceiver(async (recipient, tries) => {
    // Longer for some than for others, and the same each time the demo is played.
    await setTimeout((thinkMs * (1 + ((placeOf(recipient) * 7) % 10))) / 10);
    return behaviourOf(recipient, tries);
  });
  return {
    ...receiver,
    open: () => {
      isOpen = true;
    },
  };
}
