import { createReadStream } from 'node:fs';
import type { AvifOptions, GifOptions, Metadata, Raw, TiffOptions } from 'sharp';
import { FileError } from '../lib/domain/assembly-error.ts';

/**
 * A file of a few KB can announce any number of pixels. The worst that were made took 10 bytes of memory a pixel (PNG of
 * 16 bits, interlaced), and in AVIF 27 (10 bits, transparent): both limits leave room in a worker of 1 GB.
 */
const MAX_PIXELS = 80_000_000;
const MAX_PIXELS_AVIF = 25_000_000;

export type FormatName = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif' | 'tiff';

interface Format {
  /** What libvips calls its reader. */
  readonly loader: string;
  /** How such a file begins. The reader decides what a file is; this decides what is said of one that it refused. */
  readonly beginning: RegExp;
  readonly extension: string;
  readonly encoding?: AvifOptions | GifOptions | TiffOptions;
}

/** What is taken, and made again. Of an animation it is the first frame, of a document the first page. */
export const FORMATS: Readonly<Record<FormatName, Format>> = {
  jpeg: { loader: 'VipsForeignLoadJpeg', beginning: /^\xff\xd8/, extension: 'jpg' },
  png: { loader: 'VipsForeignLoadPng', beginning: /^\x89PNG/, extension: 'png' },
  webp: { loader: 'VipsForeignLoadWebp', beginning: /^RIFF.{4}WEBP/s, extension: 'webp' },
  gif: {
    loader: 'VipsForeignLoadNsgif',
    beginning: /^GIF8/,
    extension: 'gif',
    encoding: { effort: 1 }, // an eighth of the time of sharp's 7, for files that are 4 % larger
  },
  avif: {
    loader: 'VipsForeignLoadHeif',
    beginning: /^.{4}ftypavi[fs]/s,
    extension: 'avif',
    encoding: { effort: 2 }, // a quarter of the time of sharp's 4
  },
  tiff: {
    loader: 'VipsForeignLoadTiff',
    beginning: /^(II[*+]|MM.[*+])/s,
    extension: 'tif',
    encoding: { compression: 'deflate' }, // sharp's own, JPEG, has no transparency
  },
};

/** What people send for a picture, and what it is called when it is refused. */
const OTHER_FORMATS: readonly { readonly name: string; readonly beginning: RegExp }[] = [
  { name: 'SVG', beginning: /^.{0,1000}<svg[\s>]/is },
  { name: 'HEIC', beginning: /^.{4}ftyp(he|mif1|msf1)/s },
  { name: 'PDF', beginning: /^%PDF-/ },
  { name: 'BMP', beginning: /^BM.{4}\p{Cc}{4}/su },
  { name: 'Photoshop', beginning: /^8BPS/ },
  { name: 'JPEG XL', beginning: /^(\xff\p{Cc}|.{4}JXL )/su },
  { name: 'JPEG 2000', beginning: /^.{4}jP {2}/s },
];

export interface Picture {
  readonly format: FormatName;
  /** Pixels without compression and without metadata, no larger than the largest thumbnail. */
  readonly data: Buffer;
  readonly raw: Raw;
}

/** Imported only when a step runs: the functions that merely know of this template are without the 20 MB of libvips. */
export async function loadSharp() {
  const { default: sharp } = await import('sharp');
  // Nothing is read twice, and a warm worker must not keep the pictures of others in its memory.
  sharp.cache(false);
  // One picture at a time on a part of a core: more threads took the same time and more memory.
  sharp.concurrency(1);
  // No reader but these is ever tried, whatever a file says it is: no SVG, and nothing that a later libvips adds.
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: Object.values(FORMATS).map(({ loader }) => loader) });
  return sharp;
}

/**
 * Decodes the file once, to its last row.
 * @param name what people know the file by: for the errors
 * @param edge nothing larger is needed: the pixels are those of the picture within a square of that edge
 * @throws FileError where it is no whole picture of a format and size that are taken
 */
export async function decodePicture(file: string, name: string, edge: number): Promise<Picture> {
  const sharp = await loadSharp();
  const metadata = await sharp(file, { limitInputPixels: false })
    .metadata()
    .catch(async (cause: unknown) => {
      throw refusal(name, await beginningOf(file), cause);
    });
  const format = formatOf(metadata);
  if (!format) throw refusal(name, await beginningOf(file));
  const { width, height } = metadata;
  const maxPixels = format === 'avif' ? MAX_PIXELS_AVIF : MAX_PIXELS;
  if (width * height > maxPixels) throw tooLarge(name, width, height, maxPixels);
  // 'error' refuses what is cut off, and takes what is merely untidy: cameras write such files.
  const image = sharp(file, { failOn: 'error', limitInputPixels: maxPixels });
  // Turned after it was shrunk: before, sharp would need every pixel of the picture in memory.
  image.resize(within(edge)).autoOrient();
  // Of 16 bits a channel, sharp would leave a picture that has a profile in Display P3, and it would look dull.
  if (metadata.icc && metadata.depth === 'ushort') image.withIccProfile('srgb', { attach: false });
  try {
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    return { format, data, raw: { width: info.width, height: info.height, channels: info.channels } };
  } catch (cause) {
    throw damaged(name, cause);
  }
}

/** The whole picture fits into a square of that edge; a smaller picture stays as it is. */
export const within = (edge: number) =>
  ({ width: edge, height: edge, fit: 'inside', withoutEnlargement: true }) as const;

/** What the decoder found, where it is a format that is taken. HEIC shares its reader with AVIF. */
function formatOf({ format, compression }: Metadata): FormatName | undefined {
  if (format === 'heif') return compression === 'av1' ? 'avif' : undefined;
  return Object.keys(FORMATS).find((name): name is FormatName => name === format);
}

const beginningOf = async (file: string): Promise<string> =>
  (await createReadStream(file, { end: 1_023, encoding: 'latin1' }).toArray()).join('');

function refusal(name: string, beginning: string, cause?: unknown): FileError {
  const begins = (format: Pick<Format, 'beginning'>): boolean => format.beginning.test(beginning);
  if (Object.values(FORMATS).some(begins)) return damaged(name, cause);
  const other = OTHER_FORMATS.find(begins);
  return other ? unsupported(name, other.name, cause) : notAnImage(name, cause);
}

const damaged = (name: string, cause: unknown): FileError =>
  new FileError(
    'image_truncated',
    {
      en: `The picture “${name}” is damaged or incomplete.`,
      fr: `L’image « ${name} » est endommagée ou incomplète.`,
    },
    { cause },
  );

const notAnImage = (name: string, cause: unknown): FileError =>
  new FileError(
    'not_an_image',
    { en: `The file “${name}” is not a picture.`, fr: `Le fichier « ${name} » n’est pas une image.` },
    { cause },
  );

const unsupported = (name: string, format: string, cause: unknown): FileError =>
  new FileError(
    'unsupported_image_format',
    {
      en: `The format of “${name}” is ${format}. Pictures are taken as JPEG, PNG, WebP, GIF, AVIF or TIFF.`,
      fr: `Le fichier « ${name} » est au format ${format}. Les images sont acceptées en JPEG, PNG, WebP, GIF, AVIF ou TIFF.`,
    },
    { cause },
  );

function tooLarge(name: string, width: number, height: number, maxPixels: number): FileError {
  const size = `${width} × ${height} pixels`;
  const millions = maxPixels / 1_000_000;
  return new FileError('image_too_large', {
    en: `The picture “${name}” has ${size}, more than the ${millions} million that are taken.`,
    fr: `L’image « ${name} » compte ${size}, plus que les ${millions} millions acceptés.`,
  });
}
