import { waybillSettings } from '../../lib/settings.ts';
import { type Cost, costOf, LIST_PRICES } from './cost-of.ts';
import type { Figures } from './figures.ts';
import { markdownTable } from './markdown-table.ts';
import { idleMonth, jobsMonth } from './monthly-cost.ts';
import type { Usage } from './usage.ts';

const MONTHS = [1_000, 1_000_000, 100_000_000] as const;
const MILLION = 1_000_000;

/** docs/costs.md, whole. */
export function costsPage({ machine, life, fanOut, resources }: Figures): string {
  const { retentionDays } = waybillSettings.parse({ jwt: 'generated' });
  const { itemBytes } = life.file;
  const idle = costOf(idleMonth(resources, life.idleSweep.usage));
  const months = MONTHS.map((jobs) => {
    const cost = costOf(jobsMonth(jobs, life.file.usage, { itemBytes, retentionDays }));
    return [
      jobs.toLocaleString('en'),
      dollars(idle.dollars),
      dollars(cost.dollars),
      dollars(idle.dollars + cost.dollars),
    ];
  });
  const perMillion = (usage: Partial<Usage>): Cost =>
    costOf(jobsMonth(MILLION, usage, { itemBytes, retentionDays }));
  const { prices, region, asOf, source, notes } = LIST_PRICES;
  return `# Costs

Written by \`npm run bench -- --write\` on ${machine.date}, from calls and units that were counted on the local cloud ([how](performance.md#the-life-of-a-job)) and from list prices of ${region} as of ${asOf} (${file('prices.json')}). ${notes[0]} Nothing here is a bill that somebody got.

## A month

Jobs of one file with two results and one poll; ended jobs are kept for ${retentionDays} days. Without the storage and transfer of the files themselves.

${markdownTable(['jobs a month', 'while nothing happens', 'for the jobs', 'dollars in all'], months)}

## A million jobs

${markdownTable(
  ['', 'dollars'],
  [
    ['one file, two results, one poll', dollars(perMillion(life.file.usage).dollars)],
    ['the same with a webhook', dollars(perMillion(life.fileWithWebhook.usage).dollars)],
    ['a text, two steps, one poll', dollars(perMillion(life.text.usage).dollars)],
    ['each further poll', dollars(perMillionPolls(life.poll.usage))],
  ],
)}

Of the first, by what is billed:

${partsTable(perMillion(life.file.usage), 1 / MILLION)}

The time of functions is that of warm ones on the machine of the [measurements](performance.md), with an emulator's latency: take it for an order of magnitude.

## A million recipients

Of jobs that send to so many each, to receivers that answer at once ([how](performance.md#many-recipients)); the rows are kept for ${retentionDays} days and another 31. A function that waits for its receiver is billed for the time.

${markdownTable(
  ['recipients of a job', 'dollars'],
  fanOut.runs.map((run) => [
    `${run.recipients.toLocaleString('en')}${run.isLimited ? ', with the rate limit' : ''}`,
    dollars((costOf(run.usage).dollars / run.recipients) * MILLION),
  ]),
)}

## A month in which nothing happens

Counted in the template and at one run of \`sweep\`, which comes each minute. Metrics of our own are billed for the hours in which they come: here each, with every value of its dimension, in every hour. Lambda keeps five long polls on each of the ${resources.polledQueues} queues that it reads, also while they are empty.

${partsTable(idle, 1)}

## Not in these figures

- Files: ${priceOf('s3StorageGb')}, kept for \`fileRetentionDays\`; downloads go by the price of data transfer.
- Secrets are read once by a container and again every five minutes: ${priceOf('secretReads')}.
- Cold starts, retries, and traffic that is refused.
- The storage of webhook deliveries, which are kept for 90 days.
- ${notes[1]}

## Prices

${source}

${markdownTable(
  ['', 'dollars', 'found at'],
  Object.values(prices).map(({ dollars: price, per, unit, seen }) => [
    unit,
    per === 1 ? price : `${price} per ${per.toLocaleString('en')}`,
    seen ?? 'not found here',
  ]),
)}
`;
}

const file = (name: string): string => `[${name}](../scripts/bench/${name})`;

const dollars = (value: number): string =>
  value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en');

const perMillionPolls = (poll: Partial<Usage>): number => costOf(poll).dollars * MILLION;

const partsTable = ({ parts, dollars: sum }: Cost, share: number): string =>
  markdownTable(
    ['', share === 1 ? 'count' : 'count per job', 'dollars'],
    [
      ...parts.map(({ name, count, dollars: part }) => [
        LIST_PRICES.prices[name].unit,
        amount(count * share),
        part.toFixed(2),
      ]),
      ['**in all**', '', sum.toFixed(2)],
    ],
  );

const amount = (count: number): string =>
  Number.isInteger(count) ? count.toLocaleString('en') : String(Number(count.toPrecision(3)));

function priceOf(name: keyof Usage): string {
  const { dollars: price, per, unit } = LIST_PRICES.prices[name];
  return `$${price} per ${per === 1 ? '' : `${per.toLocaleString('en')} `}${unit}`;
}
