import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { JOBS_KEY } from '../../lib/bindings.ts';
import type { RunningWaybill } from '../local-waybill.ts';

export interface PrivateDocuments {
  readonly client: DynamoDBDocumentClient;
  /** An item of the jobs table as it is stored. */
  job(id: string): Promise<Record<string, unknown> | undefined>;
  stop(): void;
}

/** The tables past every door: what is done here is not counted and does not wait for what is measured. */
export function privateDocuments({ local, cloud }: RunningWaybill): PrivateDocuments {
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      region: 'us-east-1',
      endpoint: cloud.dynamoDbItself,
      credentials: local.credentials,
    }),
  );
  return {
    client,
    async job(id) {
      const command = new GetCommand({ TableName: local.tables.jobs, Key: { [JOBS_KEY]: id } });
      return (await client.send(command)).Item;
    },
    stop: () => client.destroy(),
  };
}
