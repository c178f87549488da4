import { type FunctionName, type Functions, functionsOf, LEASE_SECONDS, TIMEOUTS } from './functions.ts';
import { Invocation, type Outcome } from './invocation.ts';
import { type Cloud, type Ports, portsOf } from './ports.ts';

/** How a deployment with a planted bug differs. */
export interface Plant {
  /** Without it nothing reads the stream of the jobs table. */
  readonly withoutStream?: boolean;
  readonly withoutSweep?: boolean;
  ports(ports: Ports, cloud: Cloud): Ports;
}

export type EventOf<Name extends FunctionName> = Parameters<Functions[Name]>[0];
export type AnswerOf<Name extends FunctionName> = Awaited<ReturnType<Functions[Name]>>;

/** Lambda: a new invocation for each call. */
export class Lambda {
  private readonly cloud: Cloud;
  private readonly plant: Plant | undefined;
  private count = 0;

  constructor(cloud: Cloud, plant?: Plant) {
    this.cloud = cloud;
    this.plant = plant;
  }

  invoke<Name extends FunctionName>(name: Name, event: EventOf<Name>): Promise<Outcome<AnswerOf<Name>>> {
    this.count += 1;
    const invocation = new Invocation(`${name}-${this.count}`, TIMEOUTS[name], this.cloud);
    if (name === 'worker' && this.outlivesItsLease())
      invocation.freeze(LEASE_SECONDS * 1000 + this.cloud.random.int(1_000, 600_000));
    if (name === 'worker' && this.cloud.faults.happens('worker does not start', invocation.id))
      return invocation.run(() => invocation.crash());
    const ports = portsOf(invocation, this.cloud);
    const functions = functionsOf(this.plant?.ports(ports, this.cloud) ?? ports);
    const call = functions[name] as unknown as (event: EventOf<Name>) => Promise<AnswerOf<Name>>;
    return invocation.run(() => call(event));
  }

  /** Noted when it happens: not every worker lives long enough. */
  private outlivesItsLease(): boolean {
    const { random, faults } = this.cloud;
    const rate = faults.weather.rates['worker outlives its lease'] ?? 0;
    return faults.areOn && random.chance(rate);
  }
}
