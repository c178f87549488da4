import type {
  BatchGetItemCommandInput,
  BatchGetItemCommandOutput,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { AssemblyBatch } from '../../../lambdas/shared/assembly-batch.ts';
import { AssemblyStore } from '../../../lambdas/shared/assembly-store.ts';
import { scratchTable } from '../../scratch-table.ts';
import { InMemoryAssemblyBatch } from '../in-memory-assembly-batch.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemoryJobsTable } from '../in-memory-jobs-table.ts';
import { assemblyBatchContract, fill, newId, readAll } from './assembly-batch-contract.ts';

async function onDynamoDb() {
  const { client, documents, name } = await scratchTable(['assembly_id']);
  const pauses: number[] = [];
  const batch = new AssemblyBatch(documents, name, async (ms) => pauses.push(ms));
  return { client, name, pauses, store: new AssemblyStore(documents, name), batch };
}

describe('on DynamoDB', () => {
  assemblyBatchContract(onDynamoDb);

  test('more than 16 MB come in several answers', async () => {
    const table = await onDynamoDb();
    const asked = answersOf(table);
    const ids = await fill(table, 44, { status: 'completed', result: 'x'.repeat(390_000) });
    expect(await readAll(table.batch, ids)).toHaveLength(44);
    expect(asked).toHaveLength(2);
  }, 60_000);

  describe('what is left over', () => {
    /** So many are given with each answer, as by a table that throttles. */
    async function throttled(each: number) {
      const table = await onDynamoDb();
      const ids = await fill(table, 6);
      const asked = answersOf(table, each);
      return { ...table, ids, asked };
    }

    test('is asked for again, after a longer pause each time', async () => {
      const { batch, ids, asked, pauses } = await throttled(2);
      expect((await readAll(batch, ids, true)).map(({ assembly_id }) => assembly_id).sort()).toEqual(
        ids.sort(),
      );
      expect(asked).toEqual([
        { keys: 6, consistent: true },
        { keys: 4, consistent: true },
        { keys: 2, consistent: true },
      ]);
      expect(pauses).toEqual([50, 100]);
    });

    test('after five answers is an error that may pass, and no answer', async () => {
      const { batch, ids, asked, pauses } = await throttled(1);
      await expect(readAll(batch, ids)).rejects.toMatchObject({ code: 'unavailable', kind: 'transient' });
      expect(asked.map(({ keys }) => keys)).toEqual([6, 5, 4, 3, 2]);
      expect(pauses).toEqual([50, 100, 200, 400]);
    });

    test('after none was given at all is one too', async () => {
      const { batch, ids } = await throttled(0);
      await expect(readAll(batch, [...ids, newId()])).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
});

describe('in memory, as tests of use cases have it', () => {
  assemblyBatchContract(async () => {
    const table = new InMemoryJobsTable();
    return { store: new InMemoryAssemblyStore({}, { table }), batch: new InMemoryAssemblyBatch(table) };
  });
});

/** Notes what is asked; DynamoDB is asked for the first `each` keys only, and says that it left the others. */
function answersOf(
  { client, name }: { client: DynamoDBClient; name: string },
  each = Number.POSITIVE_INFINITY,
): { keys: number; consistent: boolean | undefined }[] {
  const asked: { keys: number; consistent: boolean | undefined }[] = [];
  client.middlewareStack.add(
    (next) => async (args) => {
      const { RequestItems } = args.input as BatchGetItemCommandInput;
      const request = RequestItems?.[name];
      if (!request?.Keys) return next(args);
      const { Keys, ConsistentRead } = request;
      asked.push({ keys: Keys.length, consistent: ConsistentRead });
      if (Keys.length <= each) return next(args);
      const left = { [name]: { ...request, Keys: Keys.slice(each) } };
      if (each === 0)
        return { response: {}, output: { $metadata: {}, Responses: {}, UnprocessedKeys: left } as never };
      const input = { RequestItems: { [name]: { ...request, Keys: Keys.slice(0, each) } } };
      const answer = await next({ ...args, input: input as never });
      (answer.output as BatchGetItemCommandOutput).UnprocessedKeys = left;
      return answer;
    },
    { step: 'initialize', name: 'leaveSome' },
  );
  return asked;
}
