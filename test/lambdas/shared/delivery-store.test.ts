import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { DeliveryStore } from '../../../lambdas/shared/delivery-store.ts';
import { loseFirstAnswer, scratchTable } from '../../scratch-table.ts';
import { InMemoryDeliveriesTable } from '../in-memory-deliveries-table.ts';
import { InMemoryDeliveryStore } from '../in-memory-delivery-store.ts';
import { direct, losingFirstAnswer, type Transport } from '../transport.ts';
import { deliveryStoreContract } from './delivery-store-contract.ts';

describe('on DynamoDB', () => {
  deliveryStoreContract(async () => {
    const { client, documents, name } = await scratchTable(['endpoint_id', 'event_id'], {
      indexes: { due: ['due_shard', 'due_at'], by_assembly: ['assembly_id', 'created_at'] },
    });
    return {
      store: () => new DeliveryStore(documents, name),
      loseFirstAnswer: () => loseFirstAnswer(client),
      async row({ endpoint_id, event_id }) {
        const Key = { endpoint_id, event_id };
        return (await documents.send(new GetCommand({ TableName: name, Key, ConsistentRead: true }))).Item;
      },
    };
  });
});

describe('in memory, as the simulation has it', () => {
  deliveryStoreContract(async () => {
    const table = new InMemoryDeliveriesTable();
    let current = direct;
    const transport: Transport = (call, operation) => current(call, operation);
    return {
      store: () => new InMemoryDeliveryStore(table, { transport }),
      loseFirstAnswer: () => {
        current = losingFirstAnswer();
      },
      row: async (key) => table.row(key),
    };
  });
});
