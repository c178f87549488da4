import { createHash } from 'node:crypto';
import { S3Error } from './s3-error.ts';
import { type Caller, sameSignature, sha256 } from './s3-signature.ts';

/** Longer lines than this are no chunk headers and no trailers. */
const LONGEST_LINE_BYTES = 16 * 1024;

/**
 * The content of an `aws-chunked` body, with the trailers at its end put into `trailers`. Chunks that are signed
 * are verified, each against the signature before it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export async function* decodeChunks(
  source: AsyncIterator<Buffer>,
  caller: Caller,
  trailers: Record<string, string>,
): AsyncGenerator<Buffer> {
  const reader = new Reader(source);
  const signatures = caller.payload.startsWith('STREAMING-AWS4-') ? new SignatureChain(caller) : undefined;
  for (;;) {
    const [, digits, signature] =
      /^([0-9a-f]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(await reader.line()) ?? [];
    if (digits === undefined)
      throw new S3Error('InvalidRequest', 'A chunk of the body has a malformed header.');
    const size = Number.parseInt(digits, 16);
    const hash = createHash('sha256');
    for await (const piece of reader.bytes(size)) {
      if (signatures) hash.update(piece);
      yield piece;
    }
    signatures?.verifyChunk(hash.digest('hex'), signature);
    if (size === 0) break;
    if ((await reader.line()) !== '') throw new S3Error('IncompleteBody');
  }
  const lines: string[] = [];
  for (let line = await reader.line(); line !== ''; line = await reader.line()) lines.push(line);
  readTrailers(lines, trailers, signatures);
}

function readTrailers(lines: string[], trailers: Record<string, string>, signatures?: SignatureChain): void {
  const pairs = lines.map((line) => {
    const colon = line.indexOf(':');
    if (colon < 1) throw new S3Error('MalformedTrailerError');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  const signature = pairs.find(([name]) => name === 'x-amz-trailer-signature')?.[1];
  const given = pairs.filter(([name]) => name !== 'x-amz-trailer-signature');
  if (given.length > 0) signatures?.verifyTrailers(given, signature);
  for (const [name, value] of given) trailers[name] = value;
}

class SignatureChain {
  private readonly caller: Caller;
  private previous: string;

  constructor(caller: Caller) {
    this.caller = caller;
    this.previous = caller.signature;
  }

  verifyChunk(hash: string, signature: string | undefined): void {
    this.verify(
      ['AWS4-HMAC-SHA256-PAYLOAD', this.caller.date, this.caller.scope, this.previous, sha256(''), hash],
      signature,
    );
  }

  verifyTrailers(trailers: readonly (readonly [string, string])[], signature: string | undefined): void {
    const hash = sha256(trailers.map(([name, value]) => `${name}:${value}\n`).join(''));
    this.verify(
      ['AWS4-HMAC-SHA256-TRAILER', this.caller.date, this.caller.scope, this.previous, hash],
      signature,
    );
  }

  private verify(lines: readonly string[], signature = ''): void {
    const expected = this.caller.sign(lines.join('\n'));
    if (!sameSignature(expected, signature)) throw new S3Error('SignatureDoesNotMatch');
    this.previous = expected;
  }
}

/** Reads lines and counted bytes from a stream, without ever holding more than one piece of it. */
class Reader {
  private readonly source: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterator<Buffer>) {
    this.source = source;
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.rest.indexOf('\r\n');
      if (end >= 0) {
        const line = this.rest.toString('latin1', 0, end);
        this.rest = this.rest.subarray(end + 2);
        return line;
      }
      if (this.rest.length > LONGEST_LINE_BYTES)
        throw new S3Error('InvalidRequest', 'The body is no aws-chunked.');
      this.rest = Buffer.concat([this.rest, await this.more()]);
    }
  }

  async *bytes(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      if (this.rest.length === 0) this.rest = await this.more();
      const piece = this.rest.subarray(0, left);
      this.rest = this.rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  private async more(): Promise<Buffer> {
    const { value, done } = await this.source.next();
    if (done) throw new S3Error('IncompleteBody');
    return value;
  }
}
