import { createHash } from 'node:crypto';
import { type Checksum, startChecksum, statedChecksum } from './s3-checksum.ts';
import { decodeChunks } from './s3-chunked-body.ts';
import { S3Error } from './s3-error.ts';
import { effectiveHeaders, type S3Request } from './s3-request.ts';
import type { Caller } from './s3-signature.ts';

/** What was received, once the last byte has been read and everything agrees. */
export interface Received {
  readonly size: number;
  /** In hex. */
  readonly md5: string;
  readonly checksum: Checksum | undefined;
}

export interface Body {
  /** The content; its end throws an S3Error if length, MD5, SHA-256, checksum or a chunk's signature differ. */
  readonly pieces: AsyncGenerator<Buffer>;
  /** To be called after the end of `pieces`. */
  received(): Received;
}

/** 5 GB: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html */
const LARGEST_PUT_BYTES = 5 * 1024 ** 3;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export function openBody(request: S3Request, caller: Caller): Body {
  const headers = effectiveHeaders(request);
  const chunked = caller.payload.startsWith('STREAMING-');
  const length = statedLength(headers, chunked);
  const md5Given = statedMd5(headers['content-md5']);
  const stated = statedChecksum(headers);
  const running = stated && startChecksum(stated.algorithm);
  const md5 = createHash('md5');
  const sha256 = /^[0-9a-f]{64}$/.test(caller.payload) ? createHash('sha256') : undefined;
  const trailers: Record<string, string> = {};
  let received: Received | undefined;

  async function* pieces(): AsyncGenerator<Buffer> {
    // Not destroyed on an early end: the refusal still has to go back over the same socket.
    const raw = request.message.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
    let size = 0;
    for await (const piece of chunked ? decodeChunks(raw, caller, trailers) : raw) {
      size += piece.length;
      md5.update(piece);
      sha256?.update(piece);
      running?.update(piece);
      yield piece;
    }
    if (size !== length) throw new S3Error('IncompleteBody');
    if (sha256 && sha256.digest('hex') !== caller.payload) throw new S3Error('XAmzContentSHA256Mismatch');
    const digest = md5.digest();
    if (md5Given && !md5Given.equals(digest)) throw new S3Error('BadDigest');
    received = { size, md5: digest.toString('hex'), checksum: checkedChecksum() };
  }

  function checkedChecksum(): Checksum | undefined {
    if (!stated || !running) return undefined;
    const { algorithm } = stated;
    const expected = stated.value ?? trailers[`x-amz-checksum-${algorithm}`];
    if (expected === undefined) throw new S3Error('MalformedTrailerError');
    const value = running.digest();
    if (value === expected) return { algorithm, value };
    const name = algorithm.toUpperCase();
    throw new S3Error('BadDigest', `The ${name} you specified did not match the calculated checksum.`);
  }

  return {
    pieces: pieces(),
    received() {
      if (!received) throw new Error('The body was not read to its end.');
      return received;
    },
  };
}

/** The whole of a small body. */
export async function readSmallBody(request: S3Request, caller: Caller, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const piece of openBody(request, caller).pieces) {
    size += piece.length;
    if (size > limitBytes) throw new S3Error('MalformedXML');
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString();
}

function statedLength(headers: Readonly<Record<string, string>>, chunked: boolean): number {
  const text = headers[chunked ? 'x-amz-decoded-content-length' : 'content-length'];
  if (text === undefined || !/^\d+$/.test(text)) throw new S3Error('MissingContentLength');
  const length = Number(text);
  if (length > LARGEST_PUT_BYTES) throw new S3Error('EntityTooLarge');
  return length;
}

function statedMd5(header: string | undefined): Buffer | undefined {
  if (header === undefined) return undefined;
  const bytes = Buffer.from(header, 'base64');
  if (bytes.length !== 16 || bytes.toString('base64') !== header) throw new S3Error('InvalidDigest');
  return bytes;
}
