import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

/** The least that a function of the AWS SDK does to answer a status: it reads the item. */
const client = new DynamoDBClient({});

export const handler = async () => {
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: process.env.JOBS_TABLE,
      Key: { assembly_id: { S: process.env.BENCH_ASSEMBLY ?? '' } },
    }),
  );
  return { statusCode: Item ? 200 : 404 };
};
