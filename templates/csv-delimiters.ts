/** What may separate cells. Where a header does not tell, the first of those that are equally likely. */
export const DELIMITERS = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof DELIMITERS)[number];
