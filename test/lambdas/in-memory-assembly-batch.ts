import type { AssemblyBatch } from '../../lambdas/shared/assembly-batch.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import type { InMemoryJobsTable } from './in-memory-jobs-table.ts';
import { direct, type Transport } from './transport.ts';

/** Reads many assemblies of a table in memory, held to the same contract as the one on DynamoDB. */
export class InMemoryAssemblyBatch implements Pick<AssemblyBatch, 'read'> {
  private readonly table: Pick<InMemoryJobsTable, 'items'>;
  private readonly transport: Transport;

  constructor(table: Pick<InMemoryJobsTable, 'items'>, transport: Transport = direct) {
    this.table = table;
    this.transport = transport;
  }

  async *read(assemblyIds: readonly string[]): AsyncGenerator<Assembly> {
    // DynamoDB gives them in an order of its own; nobody may count on that of the ids.
    const backwards = [...assemblyIds].reverse();
    yield* await this.transport('jobs.batch', () =>
      backwards.flatMap((id) => this.table.items.get(id) ?? []),
    );
  }
}
