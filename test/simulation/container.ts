import { TallyPlanner } from '../../lambdas/plan-tally/tally-planner.ts';
import { ParsedFields } from '../../lambdas/submission-worker/parsed-fields.ts';
import { RecentAssemblies } from '../../lambdas/submission-worker/recent-assemblies.ts';
import { TurnTaker } from '../../lambdas/submission-worker/turn-taker.ts';
import type { Ports } from './ports.ts';

/** A place in which a function runs, one invocation after the other, and what its code remembers in between. */
export class Container {
  readonly assemblies: RecentAssemblies;
  readonly parsedFields: ParsedFields;
  readonly turns: TurnTaker;
  readonly planner: TallyPlanner;
  private running: Ports;

  constructor(ports: Ports) {
    this.running = ports;
    const now = (): Date => this.running.invocation.clock.now();
    this.assemblies = new RecentAssemblies({
      store: { get: (...of) => this.running.store.get(...of) },
      now,
    });
    this.parsedFields = new ParsedFields({ read: (...of) => this.running.files.read(...of) }, {});
    this.turns = new TurnTaker({ reserve: (...of) => this.running.rateLimits.reserve(...of) }, now);
    this.planner = new TallyPlanner({
      tallyQueue: { send: (...of) => this.running.tallyQueue.send(...of) },
      now,
    });
  }

  /** From now on, what it remembers reaches the world through these. */
  begin(ports: Ports): void {
    this.running = ports;
  }
}
