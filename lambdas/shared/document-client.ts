import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { AWS_CLIENT_SETTINGS } from './aws-client-settings.ts';

/** One client per container: connections are kept from one invocation to the next. */
export const documentClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient(AWS_CLIENT_SETTINGS), {
    marshallOptions: { removeUndefinedValues: true },
  });
