import { SubmissionStore } from '../../../lambdas/shared/submission-store.ts';
import { SUBMISSIONS_KEY } from '../../../lib/bindings.ts';
import { loseFirstAnswer, scratchTable } from '../../scratch-table.ts';
import { InMemorySubmissionStore } from '../in-memory-submission-store.ts';
import { InMemorySubmissionsTable } from '../in-memory-submissions-table.ts';
import { listOf } from '../list-of.ts';
import { newSubmissionRow } from '../new-submission-row.ts';
import { direct, losingFirstAnswer, type Transport } from '../transport.ts';
import { submissionStoreContract } from './submission-store-contract.ts';

const { partition, sort } = SUBMISSIONS_KEY;

describe('on DynamoDB', () => {
  submissionStoreContract(async () => {
    const { client, documents, name } = await scratchTable([partition, sort]);
    return {
      store: (newWriter) => new SubmissionStore(documents, name, { newWriter }),
      loseFirstAnswer: (meanwhile) => loseFirstAnswer(client, meanwhile),
    };
  });

  test('a count leaves out what is private and large', async () => {
    const { documents, name } = await scratchTable([partition, sort]);
    const store = new SubmissionStore(documents, name);
    const row = newSubmissionRow({ confirmation: 'c' });
    await store.create(row, new Date());
    const [counted = {}] = await listOf(store.counted(row.assembly_id));
    expect(Object.keys(counted).sort()).toEqual([
      'assembly_created_at',
      'attempt',
      'status',
      'submission_id',
      'version',
    ]);
  });
});

describe('a partition that takes no more', () => {
  /** The first so many calls of DynamoDB meet this, inside the retry loop of the SDK. */
  async function refusing(calls: number, name: string) {
    const table = await scratchTable([partition, sort]);
    let left = calls;
    table.client.middlewareStack.add(
      (next) => async (args) => {
        if (left-- > 0) throw Object.assign(new Error(name), { name, $fault: 'client' });
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low', name: 'refusing' },
    );
    const pauses: number[] = [];
    const clock = { pause: async (ms: number): Promise<void> => void pauses.push(ms) };
    return { store: new SubmissionStore(table.documents, table.name, { clock }), pauses };
  }

  test('is asked again, each time later, until it takes the write', async () => {
    const { store, pauses } = await refusing(7, 'ThrottlingException');
    expect((await store.create(newSubmissionRow(), new Date())).written).toBe(true);
    // How many calls the SDK makes before it gives up is its own business.
    expect([1, 2]).toContain(pauses.length);
    expect(pauses[0]).toBeLessThanOrEqual(150);
  });

  test('is given up after four pauses', async () => {
    const { store, pauses } = await refusing(100, 'ThrottlingException');
    await expect(store.create(newSubmissionRow(), new Date())).rejects.toThrow('ThrottlingException');
    expect(pauses).toHaveLength(4);
  });

  test('what would be refused again is not asked again', async () => {
    const { store, pauses } = await refusing(1, 'ValidationException');
    await expect(store.create(newSubmissionRow(), new Date())).rejects.toThrow('ValidationException');
    expect(pauses).toEqual([]);
  });
});

describe('in memory, as tests of use cases and the simulation have it', () => {
  submissionStoreContract(async () => {
    const table = new InMemorySubmissionsTable();
    let current = direct;
    const transport: Transport = (call, operation) => current(call, operation);
    return {
      store: (newWriter) => new InMemorySubmissionStore({ table, transport, newWriter }),
      loseFirstAnswer: (meanwhile) => {
        current = losingFirstAnswer(meanwhile);
      },
    };
  });
});
