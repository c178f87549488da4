import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { S3Error } from './s3-error.ts';

/** A checksum as its header has it: `x-amz-checksum-crc32: BASE64`. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
}

export type ChecksumAlgorithm = 'crc32' | 'sha1' | 'sha256';

export interface RunningChecksum {
  update(piece: Buffer): void;
  /** In base64. */
  digest(): string;
}

const HEADER = /^x-amz-checksum-(?!algorithm$|mode$|type$)(.+)$/;

export const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm}`;

/** The checksum that the headers state, or that they announce for the trailer (then `value` is undefined). */
export function statedChecksum(
  headers: Readonly<Record<string, string>>,
): { algorithm: ChecksumAlgorithm; value: string | undefined } | undefined {
  const stated = Object.keys(headers).filter((name) => HEADER.test(name));
  const trailer = headers['x-amz-trailer']?.trim().toLowerCase();
  const names = [...stated, ...(trailer === undefined ? [] : [trailer])];
  if (names.length > 1) throw new S3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header');
  const [name] = names;
  if (name === undefined) return undefined;
  return { algorithm: knownAlgorithm(HEADER.exec(name)?.[1] ?? name), value: headers[name] };
}

export function knownAlgorithm(name: string): ChecksumAlgorithm {
  const lower = name.toLowerCase();
  if (lower === 'crc32' || lower === 'sha1' || lower === 'sha256') return lower;
  throw new S3Error(
    'NotImplemented',
    `The local S3 doesn't know the checksum ${name}: it has CRC32, SHA1, SHA256.`,
  );
}

export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  if (algorithm === 'crc32') return runningCrc32();
  const hash = createHash(algorithm);
  return { update: (piece) => hash.update(piece), digest: () => hash.digest('base64') };
}

function runningCrc32(): RunningChecksum {
  let value = 0;
  return {
    update(piece) {
      value = crc32(piece, value);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes.toString('base64');
    },
  };
}

/**
 * The checksum of an object in parts: that of its parts' checksums, with their number.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export function compositeChecksum(checksums: readonly (Checksum | undefined)[]): Checksum | undefined {
  const [first] = checksums;
  if (!first || !checksums.every((each) => each?.algorithm === first.algorithm)) return undefined;
  const running = startChecksum(first.algorithm);
  for (const each of checksums) running.update(Buffer.from(each?.value ?? '', 'base64'));
  return { algorithm: first.algorithm, value: `${running.digest()}-${checksums.length}` };
}
