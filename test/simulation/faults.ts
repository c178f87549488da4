import type { History } from './history.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/** What can go wrong by chance, each time that the thing it is about is done. */
export const FAULT_KINDS = [
  /** The invocation ends before its call is made. */
  'crash before a call',
  /** The invocation ends after its call was carried out. */
  'crash after a call',
  /** The call is refused for now; the SDK tries three times. */
  'throttle',
  /** The call is carried out, the answer is lost, and the SDK makes it again. */
  'lost answer',
  /** A read that is not consistent shows what was there before the last write. */
  'stale read',
  /** The answer takes seconds. */
  'slow call',
  /** A worker ends before it has looked at its message, as after a broken deployment. */
  'worker does not start',
  /** A worker is not ended by its timeout and goes on after its lease. */
  'worker outlives its lease',
  /** SQS takes some messages of a batch and refuses others. */
  'part of a batch refused',
  /** A message is given to two consumers. */
  'duplicate message',
  /** A message overtakes others, or is overtaken. */
  'late message',
  /** A message that was done with comes again. */
  'lost delete',
  /** A batch of the stream that was done with comes again. */
  'stream replay',
  /** An upload's event never comes. */
  'lost upload event',
  'duplicate upload event',
  /** No call of SQS succeeds, for hours. */
  'queues are out',
  /** A schedule fires a minute late. */
  'missed schedule',
  'schedule fires twice',
  /** A receiver answers 500, 429 or nothing. */
  'receiver error',
  /** A receiver takes the webhook, and its answer is lost. */
  'receiver answer lost',
  /** A receiver is down for hours. */
  'receiver down',
  'receiver gone',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** How often something goes wrong, 0 to 1, by kind; never where absent. */
export type FaultRates = Partial<Readonly<Record<FaultKind, number>>>;

const HOUR_MS = 3_600_000;

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** How bad a run is: some are calm, some have all faults now and then, some have one kind all the time. */
export interface Weather {
  readonly name: string;
  readonly rates: FaultRates;
  /** After this many milliseconds nothing goes wrong by chance any more. */
  readonly calmAfter: number;
  /** When SQS is out, in milliseconds from the start. */
  readonly outage?: Span;
}

/** For a job of a thousand calls and more, which would not get to its end where each hundredth of them is the last one. */
export const BUSY: Weather = {
  name: 'busy',
  rates: {
    'crash before a call': 0.0003,
    'crash after a call': 0.0003,
    throttle: 0.01,
    'lost answer': 0.01,
    'stale read': 0.1,
    'slow call': 0.01,
    'worker does not start': 0.02,
    'worker outlives its lease': 0.02,
    'part of a batch refused': 0.02,
    'duplicate message': 0.1,
    'late message': 0.1,
    'lost delete': 0.05,
    'stream replay': 0.1,
  },
  calmAfter: 3 * HOUR_MS,
};

/** Those that happen at each call or message, and would leave nothing standing at a higher rate. */
const RATED: readonly FaultKind[] = FAULT_KINDS.filter(
  (kind) => kind !== 'queues are out' && !kind.startsWith('receiver') && !kind.startsWith('worker'),
);

const everywhere = (rate: number): FaultRates => ({
  ...Object.fromEntries(RATED.map((kind) => [kind, rate])),
  'worker outlives its lease': rate,
});

export function weatherOf(random: Random): Weather {
  const hours = (count: number): number => count * HOUR_MS;
  switch (
    random.weighted({ calm: 15, fair: 40, rough: 20, storm: 8, single: 12, outage: 5, 'no worker': 3 })
  ) {
    case 'calm':
      return { name: 'calm', rates: {}, calmAfter: 0 };
    case 'fair':
      return { name: 'fair', rates: everywhere(0.002 + 0.02 * random.next()), calmAfter: hours(3) };
    case 'rough':
      return { name: 'rough', rates: everywhere(0.03 + 0.05 * random.next()), calmAfter: hours(3) };
    case 'storm':
      return { name: 'storm', rates: everywhere(0.1 + 0.1 * random.next()), calmAfter: hours(2) };
    case 'single': {
      const kind = random.pick([...RATED, 'worker outlives its lease' as const]);
      return { name: `much ${kind}`, rates: { [kind]: 0.2 + 0.2 * random.next() }, calmAfter: hours(3) };
    }
    case 'no worker':
      // Often enough for all five receives of a message, whose copies come again after half an hour each.
      return { name: 'no worker', rates: { 'worker does not start': 0.95 }, calmAfter: hours(5) };
    default: {
      const from = random.int(0, 20) * 60_000;
      // The stream keeps a record for 24 hours; what it lost by then, only the sweep finds again.
      const to = from + hours(random.pick([2, 24, 25]));
      return { name: 'outage', rates: everywhere(0.005), calmAfter: to + hours(1), outage: { from, to } };
    }
  }
}

/** Decides what goes wrong, and writes it into the history. */
export class Faults {
  readonly weather: Weather;
  private readonly random: Random;
  private readonly scheduler: Scheduler;
  private readonly history: History;
  private readonly startedAt: number;

  constructor(weather: Weather, random: Random, scheduler: Scheduler, history: History) {
    this.weather = weather;
    this.random = random;
    this.scheduler = scheduler;
    this.history = history;
    this.startedAt = scheduler.ms;
  }

  /** True while things go wrong by chance. */
  get areOn(): boolean {
    return this.scheduler.ms - this.startedAt < this.weather.calmAfter;
  }

  happens(kind: FaultKind, where: string): boolean {
    const rate = this.weather.rates[kind];
    if (rate === undefined || !this.areOn || !this.random.chance(rate)) return false;
    this.note(kind, where);
    return true;
  }

  note(kind: FaultKind, where: string): void {
    this.history.add({ type: 'fault', kind, where });
  }

  /** How long SQS will still be out; 0 where it is not. */
  get outageLeft(): number {
    const { outage } = this.weather;
    const elapsed = this.scheduler.ms - this.startedAt;
    return outage && elapsed >= outage.from && elapsed < outage.to ? outage.to - elapsed : 0;
  }
}
