import { Containers } from './containers.ts';
import { type FunctionName, type Functions, functionsOf, LEASES, TIMEOUTS } from './functions.ts';
import { Invocation, type Outcome } from './invocation.ts';
import { type Cloud, type Ports, portsOf } from './ports.ts';

/** How a deployment with a planted bug differs. */
export interface Plant {
  /** Without it nothing reads the stream of the jobs table. */
  readonly withoutStream?: boolean;
  readonly withoutSweep?: boolean;
  ports?(ports: Ports, cloud: Cloud): Ports;
  /** The functions that are others. */
  functions?(usual: Functions, ports: Ports): Partial<Functions>;
}

export type EventOf<Name extends FunctionName> = Parameters<Functions[Name]>[0];
export type AnswerOf<Name extends FunctionName> = Awaited<ReturnType<Functions[Name]>>;

/** Lambda: a new invocation for each call. */
export class Lambda {
  private readonly cloud: Cloud;
  private readonly plant: Plant | undefined;
  private readonly containers: Containers;
  private count = 0;

  constructor(cloud: Cloud, plant?: Plant) {
    this.cloud = cloud;
    this.plant = plant;
    this.containers = new Containers(cloud.random);
  }

  async invoke<Name extends FunctionName>(
    name: Name,
    event: EventOf<Name>,
  ): Promise<Outcome<AnswerOf<Name>>> {
    this.count += 1;
    const invocation = new Invocation(`${name}-${this.count}`, TIMEOUTS[name], this.cloud);
    const leaseSeconds = LEASES[name];
    if (leaseSeconds !== undefined && this.outlivesItsLease())
      invocation.freeze(leaseSeconds * 1000 + this.cloud.random.int(1_000, 600_000));
    if (leaseSeconds !== undefined && this.cloud.faults.happens('worker does not start', invocation.id))
      return invocation.run(() => invocation.crash());
    const own = portsOf(invocation, this.cloud);
    const ports = this.plant?.ports?.(own, this.cloud) ?? own;
    const container = this.containers.take(name, ports);
    const usual = functionsOf(ports, container);
    const functions = { ...usual, ...this.plant?.functions?.(usual, ports) };
    const call = functions[name] as unknown as (event: EventOf<Name>) => Promise<AnswerOf<Name>>;
    const outcome = await invocation.run(() => call(event));
    if (invocation.leftItsContainer) this.containers.giveBack(name, container);
    return outcome;
  }

  /** Noted when it happens: not every worker lives long enough. */
  private outlivesItsLease(): boolean {
    const { random, faults } = this.cloud;
    const rate = faults.weather.rates['worker outlives its lease'] ?? 0;
    return faults.areOn && random.chance(rate);
  }
}
