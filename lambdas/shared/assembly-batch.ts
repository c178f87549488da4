import { BatchGetItemCommand, type BatchGetItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { JOBS_KEY } from '../../lib/bindings.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { fromItem } from './assembly-item.ts';
import type { Clock } from './clock.ts';

/** An answer has at most 16 MB of the 40 that 100 assemblies can have; what is left after these is throttled. */
const MAX_ROUNDS = 5;
/** Doubled with each round: in all three quarters of a second, which a client waits without a thought. */
const FIRST_PAUSE_MS = 50;

type Keys = NonNullable<NonNullable<BatchGetItemCommandInput['RequestItems']>[string]['Keys']>;

/** Reads many assemblies of the jobs table at once. Beside `AssemblyStore`, since most functions never do. */
export class AssemblyBatch {
  private readonly client: DynamoDBDocumentClient;
  private readonly table: string;
  private readonly pause: Clock['pause'];

  constructor(client: DynamoDBDocumentClient, table: string, pause: Clock['pause']) {
    this.client = client;
    this.table = table;
    this.pause = pause;
  }

  /**
   * Those that are there, in any order; expired ones too. They come as DynamoDB gives them: who has seen enough reads on no
   * more, and never holds all.
   * @param assemblyIds 100 at most, each once
   * @throws WaybillError `unavailable` where DynamoDB does not give all of them
   */
  async *read(
    assemblyIds: readonly string[],
    { consistent }: { readonly consistent: boolean },
  ): AsyncGenerator<Assembly> {
    let left: Keys = assemblyIds.map((id) => ({ [JOBS_KEY]: { S: id } }));
    for (let round = 1; ; round++) {
      const { Responses = {}, UnprocessedKeys = {} } = await this.client.send(
        new BatchGetItemCommand({
          RequestItems: { [this.table]: { Keys: left, ConsistentRead: consistent } },
        }),
      );
      for (const item of Responses[this.table] ?? []) yield fromItem(unmarshall(item));
      left = UnprocessedKeys[this.table]?.Keys ?? [];
      if (left.length === 0) return;
      if (round === MAX_ROUNDS)
        throw new WaybillError('unavailable', 'Not all assemblies could be read. Try again in a moment.');
      await this.pause(FIRST_PAUSE_MS * 2 ** (round - 1));
    }
  }
}
