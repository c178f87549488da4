import type { ChaosRun } from './run-chaos.ts';
import type { Check } from './verdict.ts';

const BREACHES_SHOWN = 5;
const HISTORY_SHOWN = 25;

/** What happened, in numbers and lines for people. */
export function report({ facts, counts, seconds }: ChaosRun): [string, string][] {
  const { jobs, receipts } = facts;
  const ends = jobs.flatMap(({ end }) => end ?? []);
  const rows = jobs.flatMap(({ deliveries }) => deliveries);
  const { size: events } = new Set(receipts.map(({ eventId }) => eventId));
  return [
    ['jobs', `${jobs.length}: ${tally(ends.map(({ status }) => status))}`],
    ['of the failed', tally(ends.flatMap(({ errorCode }) => errorCode ?? []))],
    ['attempts', `${sum(ends.map(({ attempt }) => attempt))}`],
    [
      'retries',
      `${sum(ends.map(({ retryCount }) => retryCount))}; ${sum(ends.map(({ lostRuns }) => lostRuns))} runs lost with their worker`,
    ],
    ['calls by users', `${counts.calls}; repeated: ${list(counts.repeatedCalls)}`],
    ['faults injected', list(counts.faults)],
    ['threads terminated', list(counts.terminated)],
    ['messages duplicated', `${counts.duplicated}`],
    ['webhooks', `${rows.length} deliveries in ${sum(rows.map(({ attempts }) => attempts))} attempts`],
    [
      'the receiver',
      `${events} event ids in ${receipts.length} webhooks, both signatures of each checked; ${counts.turnedAway} turned away, ` +
        `${receipts.filter(({ taken }) => !taken).length} taken without an answer`,
    ],
    ['brought forward', `${counts.broughtForward} deliveries that were left to sweep in five minutes`],
    ['seconds', seconds.toFixed(1)],
    ['processor', `${(process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6).toFixed(0)} s`],
  ];
}

/** A check with a ✓, or with a ✗ and what breaks it, with the history of the first. */
export function describeCheck({ name, breaches }: Check, { history }: ChaosRun): string {
  if (breaches.length === 0) return `✓ ${name}`;
  const shown = breaches.slice(0, BREACHES_SHOWN).map(({ id, why }) => `    ${id ?? ''} ${why}`);
  const more = breaches.length > shown.length ? [`    and ${breaches.length - shown.length} more`] : [];
  const [first] = breaches.flatMap(({ id }) => id ?? []);
  const excerpt =
    first === undefined ? [] : ['    What was seen of the first:', ...excerptOf(history.of(first))];
  return [`✗ ${name}: ${breaches.length}`, ...shown, ...more, ...excerpt].join('\n');
}

const excerptOf = (lines: readonly string[]): string[] =>
  lines.slice(-HISTORY_SHOWN).map((line) => `      ${line}`);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

const tally = (words: readonly string[]): string =>
  list(Object.fromEntries([...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length])));

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ') || 'none';
