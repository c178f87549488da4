import * as z from 'zod';
import { functionId } from '../lib/bindings.ts';
import type { Consumer } from './replay-failures.ts';

/** A deployment, or a local cloud, to replay in. */
export interface ReplayTarget {
  readonly bucket: string;
  functionOf(consumer: Consumer): string | undefined;
  /** What the SDK's clients need beside the environment: nothing on AWS. */
  readonly s3: object;
  readonly lambda: object;
}

const outputValues = z.record(z.string(), z.string());
/** `cdk deploy --outputs-file`: the outputs of each stack by its name. */
const cdkOutputs = z.record(z.string(), outputValues);
/** `aws cloudformation describe-stacks --query 'Stacks[0].Outputs'`. */
const describedOutputs = z.array(z.object({ OutputKey: z.string(), OutputValue: z.string() }));

const localWaybill = z.object({
  lambda_endpoint: z.string(),
  s3_endpoint: z.string(),
  credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  functions: z.record(z.string(), z.string()),
  buckets: z.object({ files: z.string() }),
});

/** @throws Error where it has not the outputs of a Waybill */
export function targetFromOutputs(text: string): ReplayTarget {
  const outputs = stacksOf(JSON.parse(text)).find(({ FilesBucketName }) => FilesBucketName !== undefined);
  if (!outputs?.FilesBucketName) throw new Error('It has no stack with the output FilesBucketName.');
  return {
    bucket: outputs.FilesBucketName,
    functionOf: (consumer) => outputs[`${functionId(consumer)}FunctionName`],
    s3: {},
    lambda: {},
  };
}

function stacksOf(content: unknown): Record<string, string>[] {
  const described = describedOutputs.safeParse(content);
  if (described.success)
    return [Object.fromEntries(described.data.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]))];
  return Object.values(cdkOutputs.safeParse(content).data ?? {});
}

/** @throws Error where it is not what `npm start` writes */
export function targetFromLocal(text: string): ReplayTarget {
  const parsed = localWaybill.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error('It is not what "npm start" writes.');
  const { lambda_endpoint, s3_endpoint, credentials, functions, buckets } = parsed.data;
  const shared = { region: 'us-east-1', credentials };
  return {
    bucket: buckets.files,
    functionOf: (consumer) => functions[consumer],
    s3: { ...shared, endpoint: s3_endpoint, forcePathStyle: true },
    lambda: { ...shared, endpoint: lambda_endpoint },
  };
}
