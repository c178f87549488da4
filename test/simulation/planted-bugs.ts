import { queueDelivery } from '../../lambdas/shared/queue-delivery.ts';
import { sendJob } from '../../lambdas/shared/send-job.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { becameQueued } from '../../lib/domain/events.ts';
import { isTerminal, STATUSES } from '../../lib/domain/state-machine.ts';
import type { Invariant } from './invariants.ts';
import type { Plant } from './lambda.ts';
import type { Ports } from './ports.ts';
import type { SimulationOptions } from './world.ts';

/** A mistake that a checker must see, and by which promise it must. */
export interface PlantedBug {
  readonly name: string;
  readonly breaks: Invariant;
  readonly plant: Plant;
  /** What to look at, where the usual mixture has too little of it. */
  readonly options?: SimulationOptions;
}

/** Nothing reads the stream: whoever writes sends what follows from it, and a crash in between loses that. */
const sendAfterPut: Plant = {
  withoutStream: true,
  ports(ports) {
    const { store } = ports;
    return {
      ...ports,
      store: {
        get: (...of) => store.get(...of),
        overdue: (...of) => store.overdue(...of),
        async create(...of) {
          const outcome = await store.create(...of);
          if (outcome.written) await sendWhatFollows(undefined, outcome.assembly, ports);
          return outcome;
        },
        async change(assemblyId, change, now) {
          const before = await store.get(assemblyId, { consistent: true });
          const outcome = await store.change(assemblyId, change, now);
          if (outcome.written) await sendWhatFollows(before, outcome.assembly, ports);
          return outcome;
        },
      },
    };
  },
};

async function sendWhatFollows(before: Assembly | undefined, after: Assembly, ports: Ports): Promise<void> {
  const { jobs, webhooks, deliveries, invocation, submissions } = ports;
  const { now } = invocation.clock;
  if (becameQueued(before, after) && !after.external) await sendJob(after, { jobs, now });
  if (isTerminal(after.status)) {
    const telling = {
      masterSecret: async () => 'secret',
      apiUrl: 'https://waybill.example',
      submissions,
    };
    await queueDelivery(after, { deliveries, webhooks, now, ...telling });
  }
}

/** Every change is made, whatever is stored. */
const unconditionalWrite: Plant = {
  ports(ports, { table }) {
    const { store, invocation } = ports;
    return {
      ...ports,
      store: {
        get: (...of) => store.get(...of),
        overdue: (...of) => store.overdue(...of),
        create: (...of) => store.create(...of),
        change: (assemblyId, { set, remove = [] }, now) =>
          invocation.transport('jobs.change', () =>
            table.update(
              assemblyId,
              { from: STATUSES, fences: {}, owner: undefined, set, remove },
              { writer: invocation.newWriter(), now },
            ),
          ),
      },
    };
  },
};

/** An event has another id each time that it is queued. */
const randomEventId: Plant = {
  ports(ports) {
    const { deliveries, random } = ports;
    const addOnce: typeof deliveries.addOnce = (delivery) => {
      const digits = Math.floor(random() * 2 ** 48).toString(16);
      return deliveries.addOnce({ ...delivery, event_id: `evt_${digits.padStart(32, '0')}` });
    };
    return { ...ports, deliveries: Object.assign(Object.create(deliveries), { addOnce }) };
  },
};

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'jobs sent after the put, without the stream and the sweep',
    breaks: 'I1',
    plant: { ...sendAfterPut, withoutSweep: true },
  },
  { name: 'webhooks sent after the put, without the stream', breaks: 'I5', plant: sendAfterPut },
  { name: 'unconditional writes: ends', breaks: 'I2', plant: unconditionalWrite },
  { name: 'unconditional writes: stale claims', breaks: 'I3', plant: unconditionalWrite },
  { name: 'a random event id', breaks: 'I6', plant: randomEventId },
];
