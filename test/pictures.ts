import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import type { AssemblyStatus } from '../lib/domain/assembly-status.ts';
import { type ApiAnswer, put, submit, type UploadRequest } from './local-cloud.ts';

/** A file as somebody would upload it. */
export interface TestFile {
  readonly name: string;
  readonly mime: string;
  readonly bytes: Buffer;
}

export const md5Of = (bytes: Uint8Array | string): string => createHash('md5').update(bytes).digest('hex');

/** What `uploads` of a submission says of the file. */
export const announced = ({ name, mime, bytes }: TestFile) => ({
  name,
  mime,
  size: bytes.length,
  md5hash: md5Of(bytes),
});

/** Submits the files for thumbnails: where `fields` does not say otherwise, for one of 16 pixels. */
export const submitPictures = (
  user: string,
  files: readonly TestFile[],
  {
    fields = { sizes: { s: 16 } },
    ...more
  }: { readonly fields?: object; readonly [name: string]: unknown } = {},
): Promise<ApiAnswer> =>
  submit(user, { template_id: 'image-thumbnails', uploads: files.map(announced), fields, ...more });

/** An upload in the answer to a submission; the request only while it is still to come. */
export type SubmittedUpload = { readonly id: string; readonly md5hash: string } & Partial<UploadRequest>;

/** Sends the bytes of an upload that is still to come. */
export async function putFile({ method, url, headers }: SubmittedUpload, { name, bytes }: TestFile) {
  if (!method || !url || !headers) throw new Error(`${name} is not asked for`);
  const { status, code } = await put({ method, url, headers }, bytes);
  if (status !== 200) throw new Error(`The bucket refused ${name}: ${status} ${code}`);
}

/** Submits the files and sends them all. Returns the id of the assembly. */
export async function uploadPictures(...submission: Parameters<typeof submitPictures>): Promise<string> {
  const { json } = await submitPictures(...submission);
  const [, files] = submission;
  const uploads: SubmittedUpload[] = json.uploads;
  await Promise.all(files.map((file, index) => putFile(uploads[index] as SubmittedUpload, file)));
  return json.assembly_id;
}

/** The thumbnails of a status. */
export const thumbnailsOf = ({ results }: Pick<AssemblyStatus, 'results'>) => results.thumbnails ?? [];

/** Opens a link to a result, and where that leads to a file, the file. */
export async function download(url: string, headers: Record<string, string> = {}) {
  const answer = await fetch(url, { headers, redirect: 'manual' });
  const location = answer.headers.get('location');
  if (location === null) return { answer };
  const file = await fetch(location);
  return { answer, location, file, bytes: Buffer.from(await file.arrayBuffer()) };
}

type Format = 'jpeg' | 'png' | 'webp';

const FORMATS: Readonly<Record<string, Format>> = { jpg: 'jpeg', png: 'png', webp: 'webp' };

/** A picture of two colours in the format of the name's extension. Another seed makes another picture. */
export async function picture(
  name: string,
  { width = 120, height = 80, seed = 0 }: { width?: number; height?: number; seed?: number } = {},
): Promise<TestFile> {
  const format = FORMATS[name.split('.').at(-1) ?? ''] ?? 'jpeg';
  const background = { r: (seed * 37) % 256, g: (seed * 101) % 256, b: 90 };
  const half = { create: { width: width / 2, height, channels: 3 as const, background: '#fff' } };
  const image = sharp({ create: { width, height, channels: 3, background } });
  const bytes = await image
    .composite([{ input: half, left: 0, top: 0 }])
    .toFormat(format)
    .toBuffer();
  return { name, mime: `image/${format}`, bytes };
}

export const textFile = (name: string, text: string, mime = 'image/jpeg'): TestFile => ({
  name,
  mime,
  bytes: Buffer.from(text, 'latin1'),
});

/** A good picture of which the second half has been lost. */
export const cutInHalf = ({ name, mime, bytes }: TestFile): TestFile => ({
  name,
  mime,
  bytes: bytes.subarray(0, bytes.length / 2),
});

/** A PNG of a few bytes that announces any size. */
export function announcedPng(name: string, width: number, height: number): TestFile {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8); // 8 bits, RGB
  const bytes = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(Buffer.alloc(1_000))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
  return { name, mime: 'image/png', bytes };
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

export async function sizeOfPicture(bytes: Uint8Array): Promise<{ width: number; height: number }> {
  const { width, height } = await sharp(bytes).metadata();
  return { width, height };
}
