import { createHash, type Hash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Body, Received } from './s3-body.ts';
import type { Checksum } from './s3-checksum.ts';
import type { CorsRule } from './s3-cors.ts';
import { S3Error } from './s3-error.ts';
import type { Notification } from './s3-events.ts';

export interface StoredObject {
  readonly file: string;
  readonly size: number;
  /** Without its quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  /** Content-Type and the like, and user metadata, by their header names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum: Checksum | undefined;
}

export interface Part extends Received {
  readonly file: string;
}

export interface Upload {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, Part>;
}

export interface Bucket {
  readonly name: string;
  readonly cors: readonly CorsRule[];
  readonly notifications: readonly Notification[];
  readonly objects: Map<string, StoredObject>;
  readonly uploads: Map<string, Upload>;
}

/** Content lies in files that never change, each under a name of its own; a bucket says which key has which. */
export interface ObjectFiles {
  /** Keeps a body whose content agreed with all that was said of it; else nothing is left. */
  receive(body: Body): Promise<Part>;
  /** The files' contents one after the other, as a new file. */
  join(files: readonly string[]): Promise<{ readonly file: string; readonly md5: string }>;
  remove(file: string): Promise<void>;
}

export function createObjectFiles(folder: string): ObjectFiles {
  const remove = (file: string): Promise<void> => rm(file, { force: true });
  const write = async (pieces: AsyncIterable<Buffer>): Promise<string> => {
    const file = join(folder, randomUUID());
    try {
      await pipeline(pieces, createWriteStream(file));
      return file;
    } catch (error) {
      await remove(file);
      throw error;
    }
  };
  return {
    remove,
    async receive(body) {
      const file = await write(body.pieces);
      return { file, ...body.received() };
    },
    async join(files) {
      const md5 = createHash('md5');
      const file = await write(contentOf(files, md5));
      return { file, md5: md5.digest('hex') };
    },
  };
}

async function* contentOf(files: readonly string[], md5: Hash): AsyncGenerator<Buffer> {
  for (const file of files) {
    for await (const piece of createReadStream(file) as AsyncIterable<Buffer>) {
      md5.update(piece);
      yield piece;
    }
  }
}

/** Puts an object under its key, for all readers at once, if the request's conditions still hold. */
export async function commitObject(
  bucket: Bucket,
  key: string,
  object: StoredObject,
  headers: Readonly<Record<string, string>>,
  files: ObjectFiles,
): Promise<void> {
  try {
    checkWriteConditions(bucket, key, headers);
  } catch (error) {
    await files.remove(object.file);
    throw error;
  }
  const before = bucket.objects.get(key);
  bucket.objects.set(key, object);
  if (before) await files.remove(before.file);
}

/**
 * What a write demands of what is there. Checked and written in one step, so of two writers one wins.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function checkWriteConditions(
  bucket: Bucket,
  key: string,
  headers: Readonly<Record<string, string>>,
): void {
  const current = bucket.objects.get(key);
  const { 'if-none-match': ifNoneMatch, 'if-match': ifMatch } = headers;
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') throw new S3Error('NotImplemented');
    if (current) throw new S3Error('PreconditionFailed', undefined, { Condition: 'If-None-Match' });
  }
  if (ifMatch !== undefined) {
    if (!current) throw new S3Error('NoSuchKey', undefined, { Key: key });
    if (ifMatch !== '*' && ifMatch.replaceAll('"', '') !== current.etag) {
      throw new S3Error('PreconditionFailed', undefined, { Condition: 'If-Match' });
    }
  }
}
