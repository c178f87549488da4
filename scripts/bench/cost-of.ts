import { readFileSync } from 'node:fs';
import type { Usage, UsageName } from './usage.ts';

export interface Price {
  readonly dollars: number;
  /** For so many of the unit. */
  readonly per: number;
  readonly unit: string;
  /** A public page that has the same number. */
  readonly seen?: string;
}

export interface PriceList {
  readonly region: string;
  readonly asOf: string;
  readonly source: string;
  readonly notes: readonly string[];
  readonly prices: Readonly<Record<UsageName, Price>>;
}

export interface Cost {
  readonly dollars: number;
  /** What costs anything, the dearest first. */
  readonly parts: readonly { readonly name: UsageName; readonly count: number; readonly dollars: number }[];
}

/** The list prices that everything here is computed with. */
export const LIST_PRICES: PriceList = JSON.parse(
  readFileSync(new URL('prices.json', import.meta.url), 'utf8'),
);

/**
 * What it costs at these prices, in dollars: linear, since only the first tier of each price is used.
 * @throws Error for a count that is no number, which would hide in the sum
 */
export function costOf(usage: Partial<Usage>, { prices }: PriceList = LIST_PRICES): Cost {
  const parts = Object.entries(usage).map(([key, count]) => {
    const name = key as UsageName;
    if (!Number.isFinite(count) || count < 0) throw new Error(`${name} is ${count}`);
    return { name, count, dollars: (count * prices[name].dollars) / prices[name].per };
  });
  return {
    dollars: parts.reduce((sum, { dollars }) => sum + dollars, 0),
    parts: parts.filter(({ dollars }) => dollars > 0).sort((a, b) => b.dollars - a.dollars),
  };
}
