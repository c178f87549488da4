import { lineOf, short } from './history.ts';
import { INVARIANTS, type Violation } from './invariants.ts';
import type { World } from './world.ts';

const VIOLATIONS_SHOWN = 10;
const LINES_SHOWN = 80;

/** What somebody needs to find the cause: the seed, the promise, and what happened to the first job that it was broken to. */
export function reportOf({ seed, history, faults }: World, violations: readonly Violation[]): string {
  const [first] = violations;
  const subject = short(violations.find(({ assemblyId }) => assemblyId)?.assemblyId ?? '');
  const lines = history.events.map(lineOf).filter((line) => subject !== '' && line.includes(subject));
  return [
    `SEED=${seed} (${faults.weather.name}) breaks "${first && INVARIANTS[first.invariant]}":`,
    ...violations.slice(0, VIOLATIONS_SHOWN).map(({ invariant, detail }) => `  ${invariant} ${detail}`),
    `What happened to ${subject}, ${lines.length} events, the last ${LINES_SHOWN}:`,
    ...lines.slice(-LINES_SHOWN).map((line) => `  ${line}`),
    `SEED=${seed} npm test -- test/simulation plays it again.`,
  ].join('\n');
}
