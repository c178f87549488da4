import type { MessageRecipient } from './message-receiver.ts';

const FIRST = [
  ...['Ada', 'Bruno', 'Clara', 'Dario', 'Edith', 'Farid', 'Greta', 'Hugo', 'Iris', 'Jonas', 'Kaya', 'Leon'],
  ...['Maud', 'Nils', 'Olga', 'Piet', 'Quinn', 'Rosa', 'Sven', 'Thea', 'Ugo', 'Vera', 'Wim', 'Yara'],
];
const LAST = [
  ...['Ashgrove', 'Brack', 'Calder', 'Dunmore', 'Ebbing', 'Fenwick', 'Garrow', 'Hollis', 'Inkpen', 'Jarrow'],
  ...['Kestrel', 'Lathe', 'Merrow', 'Norland', 'Osprey', 'Pellam', 'Quay', 'Rowan', 'Sallow', 'Tern'],
  ...['Ullswater', 'Varley', 'Wick'],
];

/** Members of a legislature that nobody elected: no id of a real one begins with an X. */
export const inventedRecipients = (count: number): MessageRecipient[] =>
  Array.from({ length: count }, (_, index) => ({
    // The lists have no length in common, so the same name comes again after 552 recipients.
    name: `${FIRST[index % FIRST.length]} ${LAST[index % LAST.length]}`,
    chamber: index % 3 === 0 ? 'senate' : 'house',
    bioguideId: `X${String(index).padStart(6, '0')}`,
  }));

/** Its place in the list. */
export const placeOf = ({ bioguideId = '' }: MessageRecipient): number => Number(bioguideId.slice(1));
