import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { LocalWaybill } from '../local-waybill.ts';

/** @throws Error with what the function threw */
export async function invokeFunction(
  { lambda_endpoint: endpoint, credentials }: LocalWaybill,
  FunctionName: string,
): Promise<unknown> {
  const client = new LambdaClient({ region: 'us-east-1', endpoint, credentials });
  try {
    const { FunctionError, Payload } = await client.send(new InvokeCommand({ FunctionName }));
    const text = Payload?.transformToString() ?? 'null';
    if (FunctionError) throw new Error(`${FunctionName}: ${text}`);
    return JSON.parse(text);
  } finally {
    client.destroy();
  }
}
