/** Numbers from 0 to 1, always the same: mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
export const draw = (count: number, shape: (index: number) => string): string =>
  range(count).map(shape).join('');
export const round = (value: number): number => Math.round(value * 100) / 100;

export const gradient = (
  id: string,
  stops: readonly (readonly [number, string, number?])[],
  direction = 'x2="0" y2="1"',
) => `<linearGradient id="${id}" ${direction}>${stopsOf(stops)}</linearGradient>`;
export const glow = (id: string, stops: readonly (readonly [number, string, number?])[]) =>
  `<radialGradient id="${id}">${stopsOf(stops)}</radialGradient>`;
const stopsOf = (stops: readonly (readonly [number, string, number?])[]): string =>
  stops
    .map(
      ([offset, color, opacity = 1]) =>
        `<stop offset="${offset}" stop-color="${color}" stop-opacity="${opacity}"/>`,
    )
    .join('');
