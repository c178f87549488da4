import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';

/** The same with the client that turns items into plain objects. */
const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export const handler = async () => {
  const { Item } = await client.send(
    new GetCommand({
      TableName: process.env.JOBS_TABLE,
      Key: { assembly_id: process.env.BENCH_ASSEMBLY },
    }),
  );
  return { statusCode: Item ? 200 : 404 };
};
