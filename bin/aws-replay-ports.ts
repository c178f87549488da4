import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Kept, ReplayPorts } from './replay-failures.ts';
import type { ReplayTarget } from './replay-target.ts';

/** The bucket and the functions of a deployment. */
export function awsReplayPorts({
  bucket: Bucket,
  functionOf,
  ...config
}: ReplayTarget): Omit<ReplayPorts, 'report'> {
  const s3 = new S3Client(config.s3);
  const lambda = new LambdaClient(config.lambda);
  return {
    async list(Prefix) {
      const kept: Kept[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix }))
        for (const { Key: key = '', LastModified: at = new Date(0) } of Contents) kept.push({ key, at });
      return kept;
    },
    async read(Key) {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        return (await Body?.transformToString()) ?? '';
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    async remove(Key) {
      await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    },
    async invoke(consumer, event) {
      const FunctionName = functionOf(consumer);
      if (FunctionName === undefined) return { error: `This deployment has no function ${consumer}.` };
      const { Payload, FunctionError } = await lambda.send(
        new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }),
      );
      const result = Payload?.transformToString() ?? '';
      if (!FunctionError) return { result };
      const { errorType, errorMessage } = JSON.parse(result);
      return { error: `${errorType}: ${errorMessage}` };
    },
  };
}
