import { AssemblyStore } from '../../../lambdas/shared/assembly-store.ts';
import { loseFirstAnswer, scratchTable } from '../../scratch-table.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemoryJobsTable } from '../in-memory-jobs-table.ts';
import { direct, losingFirstAnswer, type Transport } from '../transport.ts';
import { assemblyStoreContract } from './assembly-store-contract.ts';

describe('on DynamoDB', () => {
  assemblyStoreContract(async () => {
    const { client, documents, name } = await scratchTable(['assembly_id'], {
      indexes: { open: ['open_shard', 'deadline_at'] },
      numbers: ['deadline_at'],
    });
    return {
      store: (newWriter) => new AssemblyStore(documents, name, newWriter),
      loseFirstAnswer: (meanwhile) => loseFirstAnswer(client, meanwhile),
    };
  });
});

describe('in memory, as tests of use cases and the simulation have it', () => {
  assemblyStoreContract(async () => {
    const table = new InMemoryJobsTable();
    let current = direct;
    const transport: Transport = (call, operation) => current(call, operation);
    return {
      store: (newWriter) => new InMemoryAssemblyStore({}, { table, transport, newWriter }),
      loseFirstAnswer: (meanwhile) => {
        current = losingFirstAnswer(meanwhile);
      },
    };
  });
});
