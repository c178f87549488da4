import { Container } from './container.ts';
import type { FunctionName } from './functions.ts';
import type { Ports } from './ports.ts';
import type { Random } from './random.ts';

/** How often a new container is begun though another one is idle. */
const FRESH = 0.05;

/** Lambda's containers: idle ones are used again, and one that was ended with its invocation is gone. */
export class Containers {
  private readonly idle = new Map<FunctionName, Container[]>();
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  take(name: FunctionName, ports: Ports): Container {
    const container = this.random.chance(FRESH) ? undefined : this.idle.get(name)?.pop();
    if (!container) return new Container(ports);
    container.begin(ports);
    return container;
  }

  giveBack(name: FunctionName, container: Container): void {
    const idle = this.idle.get(name) ?? [];
    idle.push(container);
    this.idle.set(name, idle);
  }
}
