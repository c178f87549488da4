import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { PresignedRequest } from '../../lib/domain/assembly-answer.ts';
import { uploadKey } from '../../lib/domain/object-key.ts';
import type { Upload } from '../../lib/domain/upload.ts';
import { AWS_CLIENT_SETTINGS } from './aws-client-settings.ts';

export interface DownloadName {
  readonly name: string;
  readonly mime: string;
}

/** A presigned URL dies with the session of the role that signed it, however long it claims to live. */
const UPLOAD_URL_SECONDS = 15 * 60;
const DOWNLOAD_URL_SECONDS = 5 * 60;

/** The bucket with uploads, large fields and results. */
export class FileStore {
  private readonly client: S3Client;
  private readonly bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.client = client;
    this.bucket = bucket;
  }

  /** A PUT whose size, md5 and type are signed: S3 refuses every other file. */
  async presignUpload(assemblyId: string, upload: Upload): Promise<PresignedRequest> {
    const md5 = Buffer.from(upload.md5hash, 'hex').toString('base64');
    const command = new PutObjectCommand({
      Bucket: this.bucket,
      Key: uploadKey(assemblyId, upload),
      ContentLength: upload.size,
      ContentMD5: md5,
      ContentType: upload.mime,
    });
    const url = await getSignedUrl(this.client, command, {
      expiresIn: UPLOAD_URL_SECONDS,
      signableHeaders: new Set(['host', 'content-length', 'content-md5', 'content-type']),
      unhoistableHeaders: new Set(['content-md5', 'content-length', 'content-type']),
    });
    const headers = {
      'content-length': String(upload.size),
      'content-md5': md5,
      'content-type': upload.mime,
    };
    return { method: 'PUT', url, headers };
  }

  /** A GET that saves the file under its name. */
  presignDownload(key: string, { name, mime }: DownloadName): Promise<string> {
    const command = new GetObjectCommand({
      Bucket: this.bucket,
      Key: key,
      ResponseContentType: mime,
      // RFC 6266; never shown inside a page of ours, whatever the file is.
      ResponseContentDisposition: `attachment; filename*=UTF-8''${encodeRfc5987(name)}`,
    });
    return getSignedUrl(this.client, command, { expiresIn: DOWNLOAD_URL_SECONDS });
  }

  /** True where an object of that size is there. S3 has held it to its md5 when it came. */
  async has(key: string, size: number): Promise<boolean> {
    try {
      const { ContentLength } = await this.client.send(
        new HeadObjectCommand({ Bucket: this.bucket, Key: key }),
      );
      return ContentLength === size;
    } catch (error) {
      if (error instanceof NotFound || error instanceof NoSuchKey) return false;
      throw error;
    }
  }

  /** The bytes, or undefined where there is no such object. */
  async read(key: string): Promise<Readable | undefined> {
    try {
      const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
      return Body as Readable | undefined;
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  async writeText(key: string, text: string): Promise<void> {
    await this.client.send(
      new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: text, ContentType: 'application/json' }),
    );
  }
}

/**
 * A client that signs what a browser can send: without the checksum headers that the SDK adds by itself, which a
 * presigned URL would then demand.
 */
export const presigningClient = (): S3Client =>
  new S3Client({ ...AWS_CLIENT_SETTINGS, requestChecksumCalculation: 'WHEN_REQUIRED' });

const encodeRfc5987 = (text: string): string =>
  encodeURIComponent(text).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
