import { randomUUID } from 'node:crypto';
import {
  type AssemblyChange,
  assertLookedAfter,
  type NewAssembly,
  planChange,
} from '../../lambdas/shared/assembly-change.ts';
import type { AssemblyStore, WriteOutcome } from '../../lambdas/shared/assembly-store.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { InMemoryJobsTable } from './in-memory-jobs-table.ts';
import { newAssembly } from './new-assembly.ts';
import { direct, type Transport } from './transport.ts';

export interface InMemoryAssemblyStoreOptions {
  /** Absent: a table of its own, with one assembly in it. */
  readonly table?: InMemoryJobsTable;
  readonly transport?: Transport;
  readonly newWriter?: () => string;
}

/**
 * The store of assemblies on a table in memory, held to the same contract as the one on DynamoDB. Tests of a use case
 * look at the one assembly that it begins with, and at every write.
 */
export class InMemoryAssemblyStore implements Pick<AssemblyStore, 'get' | 'create' | 'change' | 'overdue'> {
  /** What each write that succeeded left behind. */
  readonly history: Assembly[] = [];
  /** Runs before each change; may throw, or write something itself. */
  beforeWrite: (change: AssemblyChange) => void | Promise<void> = () => {};
  private readonly table: InMemoryJobsTable;
  private readonly transport: Transport;
  private readonly newWriter: () => string;
  private current = '';

  constructor(
    assembly: Partial<NewAssembly> = {},
    { table, transport = direct, newWriter = randomUUID }: InMemoryAssemblyStoreOptions = {},
  ) {
    this.table = table ?? new InMemoryJobsTable();
    this.transport = transport;
    this.newWriter = newWriter;
    if (!table) this.assembly = sampleAssembly(assembly);
  }

  /** The one that was written last. */
  get assembly(): Assembly {
    return this.table.items.get(this.current) as Assembly;
  }

  /** As if somebody else had written it. */
  set assembly(assembly: Assembly) {
    this.current = assembly.assembly_id;
    this.table.items.set(this.current, assembly);
  }

  async get(assemblyId: string): Promise<Assembly | undefined> {
    return this.transport('jobs.get', () => this.table.items.get(assemblyId));
  }

  async create(assembly: NewAssembly, now: Date): Promise<WriteOutcome> {
    assertLookedAfter(assembly);
    const writer = this.newWriter();
    const created = { ...assembly, version: 1, updated_at: now.toISOString(), last_writer: writer };
    return this.explained(writer, await this.transport('jobs.create', () => this.table.put(created, now)));
  }

  async change(assemblyId: string, change: AssemblyChange, now: Date): Promise<WriteOutcome> {
    await this.beforeWrite(change);
    const writer = this.newWriter();
    // Before the table is asked: a move that does not exist is a fault that must show, whatever is stored.
    const planned = planChange(change);
    return this.explained(
      writer,
      await this.transport('jobs.change', () => this.table.update(assemblyId, planned, { writer, now })),
    );
  }

  async *overdue(shard: string, now: Date): AsyncGenerator<string> {
    yield* await this.transport('jobs.overdue', () => this.table.overdue(shard, now));
  }

  /** As the real one does: a refusal by its own write is success. */
  private explained(writer: string, outcome: WriteOutcome): WriteOutcome {
    const { assembly } = outcome;
    if (assembly?.last_writer !== writer) return { written: false, assembly };
    this.history.push(assembly);
    this.current = assembly.assembly_id;
    return { written: true, assembly };
  }
}

const sampleAssembly = (changes: Partial<NewAssembly>): Assembly => ({
  ...newAssembly(changes),
  version: 1,
  updated_at: '2026-11-21T12:00:00.000Z',
  last_writer: 'creator',
});
