import { createHash } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { startChildCloud } from './child-cloud.ts';

/** The S3 that the rows are held against, with the buckets of the fixture template. */
export interface S3Target {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** With the fixture's CORS rules and notifications. */
  readonly uploads: string;
  /** With neither. */
  readonly plain: string;
  readonly sqsEndpoint: string;
  /** Where the events of `uploads` go. */
  readonly queueUrl: string;
  stop(): Promise<void>;
}

/**
 * The local cloud's own S3; or, to measure another server by the same rows, the one that S3_TARGET describes in
 * JSON (the fields of S3Target; docs/decisions/0010-local-s3.md has the counts).
 */
export async function startS3Target(): Promise<S3Target> {
  if (process.env.S3_TARGET) return { ...JSON.parse(process.env.S3_TARGET), stop: async () => {} };
  const cloud = await startChildCloud();
  const { Uploads: uploads = '', Plain: plain = '' } = cloud.buckets;
  return {
    endpoint: cloud.endpoints.s3,
    credentials: cloud.credentials,
    uploads,
    plain,
    sqsEndpoint: cloud.endpoints.sqs,
    queueUrl: cloud.queues.Uploaded ?? '',
    stop: cloud.stop,
  };
}

type ClientOptions = ConstructorParameters<typeof S3Client>[0];

const ignore = (): void => {};
/** The SDK warns of each refused stream, and here refusals are asked for. */
const SILENT = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

/** The real SDK as Waybill's functions have it: no retries, so that a row sees the first answer. */
export const s3Client = (
  { endpoint, credentials }: S3Target,
  options: Partial<ClientOptions> = {},
): S3Client =>
  new S3Client({ endpoint, credentials, region: 'us-east-1', maxAttempts: 1, logger: SILENT, ...options });

/** The base64 of an MD5, as Content-MD5 wants it. */
export const md5 = (body: string | Uint8Array): string => createHash('md5').update(body).digest('base64');
export const md5Hex = (body: string | Uint8Array): string => createHash('md5').update(body).digest('hex');

export interface Presigned {
  readonly url: string;
  /** What the signature covers, for the client to send as it is. */
  readonly headers: Record<string, string>;
}

/** An upload URL as Waybill hands it out: length and MD5 are signed. */
export async function presignPut(
  target: S3Target,
  key: string,
  body: string,
  options: { expiresIn?: number; signingDate?: Date; ContentType?: string; Bucket?: string } = {},
  client = s3Client(target, { requestChecksumCalculation: 'WHEN_REQUIRED' }),
): Promise<Presigned> {
  const { expiresIn = 60, signingDate, ContentType, Bucket = target.plain } = options;
  const command = new PutObjectCommand({
    Bucket,
    Key: key,
    ContentLength: Buffer.byteLength(body),
    ContentMD5: md5(body),
    ...(ContentType && { ContentType }),
  });
  const url = await getSignedUrl(client, command, {
    expiresIn,
    ...(signingDate && { signingDate }),
    // Else the SDK signs a type of its own choice, and clients send another.
    signableHeaders: new Set([
      'content-length',
      'content-md5',
      'host',
      ...(ContentType ? ['content-type'] : []),
    ]),
    unsignableHeaders: new Set(ContentType ? [] : ['content-type']),
  });
  return { url, headers: { 'content-md5': md5(body), ...(ContentType && { 'content-type': ContentType }) } };
}

/** Status and error code, which S3 puts into XML. */
export async function outcomeOf(response: Response): Promise<{ status: number; code: string; text: string }> {
  const text = await response.text();
  const [, code = ''] = /<Code>(\w+)<\/Code>/.exec(text) ?? [];
  return { status: response.status, code, text };
}

/** Status and code of what the SDK throws. */
export async function refusalOf(sent: Promise<unknown>): Promise<{ status: number; code: string }> {
  const error = await sent.then(
    () => {
      throw new Error('S3 did not refuse');
    },
    (thrown: Error & { Code?: string; $metadata?: { httpStatusCode?: number } }) => thrown,
  );
  if (!error.$metadata) throw error;
  return { status: error.$metadata.httpStatusCode ?? 0, code: error.Code ?? error.name };
}

interface HttpRequest {
  headers: Record<string, string>;
  path: string;
  body: unknown;
}

/** A client whose requests are changed after they were signed. */
export function tampering(
  target: S3Target,
  change: (request: HttpRequest) => void,
  options: Partial<ClientOptions> = {},
): S3Client {
  const client = s3Client(target, options);
  client.middlewareStack.add(
    (next) => (args) => {
      change((args as { request: unknown }).request as HttpRequest);
      return next(args);
    },
    { step: 'deserialize', priority: 'low' },
  );
  return client;
}
