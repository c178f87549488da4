import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { FileError } from '../../lib/domain/assembly-error.ts';
import { imageThumbnails } from '../../templates/image-thumbnails.ts';
import { announcedPng as pngThatAnnounces } from '../pictures.ts';
import { type RunOptions, runSteps, type StepRun, type TestFile, type TestResult } from './step-context.ts';

const thumbnailsOf = (
  files: readonly TestFile[],
  fields: unknown = {},
  options: RunOptions = {},
): Promise<StepRun> => runSteps(imageThumbnails, fields, { ...options, files });

const made = ({ results }: StepRun): readonly TestResult[] => results.thumbnails ?? [];

async function only(bytes: Uint8Array, fields: unknown = {}): Promise<readonly TestResult[]> {
  const run = await thumbnailsOf([{ name: 'only', bytes }], fields);
  expect(run.spoiled).toEqual({});
  return made(run);
}

/** A picture with fine detail, so that no encoder makes nothing of it, and with colours that tell its corners apart. */
function drawing(width: number, height: number, channels: 3 | 4 = 3): Sharp {
  const pixels = Buffer.alloc(width * height * channels);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * channels;
      pixels[at] = x < width / 2 ? 210 : 30;
      pixels[at + 1] = y < height / 2 ? 200 : 40;
      pixels[at + 2] = (x * 7 + y * 13) % 64;
      if (channels === 4) pixels[at + 3] = x < width / 2 ? 255 : 60;
    }
  return sharp(pixels, { raw: { width, height, channels } });
}

const flat = (channels: 3 | 4, width = 40, height = 30): Sharp =>
  sharp({ create: { width, height, channels, background: { r: 200, g: 100, b: 50, alpha: 0.5 } } });

async function pixel(bytes: Buffer, left: number, top: number): Promise<number[]> {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  const { width, channels } = info;
  const at = (Math.floor(top * info.height) * width + Math.floor(left * width)) * channels;
  return [...data.subarray(at, at + channels)];
}

function find(results: readonly TestResult[], name: string): TestResult {
  const result = results.find((one) => one.name === name);
  if (!result) throw new Error(`no ${name} among ${results.map((one) => one.name)}`);
  return result;
}

const announcedPng = (width: number, height: number): Buffer =>
  Buffer.from(pngThatAnnounces('huge.png', width, height).bytes);

/** A HEIC as far as its header goes, made of an AVIF: no encoder that is free to use writes one. */
function heicOf(avif: Buffer): Buffer {
  const configuration = Buffer.alloc(23);
  configuration.set([1, 1]); // version 1, Main profile
  const start = avif.indexOf('av1C') + 4;
  const heic = Buffer.concat([avif.subarray(0, start), configuration, avif.subarray(start + 4)]);
  for (const box of ['av1C', 'ipco', 'iprp', 'meta']) {
    const at = heic.indexOf(box) - 4;
    heic.writeUInt32BE(heic.readUInt32BE(at) + configuration.length - 4, at);
  }
  for (const [from, to] of Object.entries({ ftypavif: 'ftypheic', av01: 'hvc1', av1C: 'hvcC' }))
    heic.write(to, heic.indexOf(from), 'latin1');
  return heic;
}

const text = (content: string): Buffer => Buffer.from(content, 'latin1');

const SVG = text(
  '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
);

let jpeg: Buffer;
let png: Buffer;
beforeAll(async () => {
  jpeg = await drawing(1_600, 1_000).jpeg().toBuffer();
  png = await drawing(1_500, 1_500, 4).png().toBuffer();
});

describe('thumbnails', () => {
  test('of a JPEG and a PNG: three sizes, each as WebP and in its own format', async () => {
    const run = await thumbnailsOf([
      { name: 'harbour.final.JPEG', bytes: jpeg },
      { name: 'parcel.png', bytes: png },
    ]);
    expect(run.spoiled).toEqual({});
    expect(made(run).map(({ name, mime, meta }) => [name, mime, meta])).toEqual([
      ['harbour.final-small.webp', 'image/webp', { size: 'small', width: 160, height: 100 }],
      ['harbour.final-small.jpg', 'image/jpeg', { size: 'small', width: 160, height: 100 }],
      ['harbour.final-medium.webp', 'image/webp', { size: 'medium', width: 480, height: 300 }],
      ['harbour.final-medium.jpg', 'image/jpeg', { size: 'medium', width: 480, height: 300 }],
      ['harbour.final-large.webp', 'image/webp', { size: 'large', width: 1_200, height: 750 }],
      ['harbour.final-large.jpg', 'image/jpeg', { size: 'large', width: 1_200, height: 750 }],
      ['parcel-small.webp', 'image/webp', { size: 'small', width: 160, height: 160 }],
      ['parcel-small.png', 'image/png', { size: 'small', width: 160, height: 160 }],
      ['parcel-medium.webp', 'image/webp', { size: 'medium', width: 480, height: 480 }],
      ['parcel-medium.png', 'image/png', { size: 'medium', width: 480, height: 480 }],
      ['parcel-large.webp', 'image/webp', { size: 'large', width: 1_200, height: 1_200 }],
      ['parcel-large.png', 'image/png', { size: 'large', width: 1_200, height: 1_200 }],
    ]);
    for (const { bytes, mime, meta } of made(run)) {
      const { format, width, height } = await sharp(bytes).metadata();
      expect({ mime: `image/${format}`, width, height }).toEqual({
        mime,
        width: meta?.width,
        height: meta?.height,
      });
    }
    expect(run.result).toEqual({ pictures: 2, thumbnails: 12 });
  });

  test('of files that failed before are counted with those that did not', async () => {
    const previousResult = { pictures: 2, thumbnails: 12 };
    const run = await thumbnailsOf([{ name: 'a.jpg', bytes: jpeg }], {}, { previousResult });
    expect(run.result).toEqual({ pictures: 3, thumbnails: 18 });
  });

  test('know the upload that they were made from', async () => {
    const run = await thumbnailsOf([{ name: 'a.jpg', bytes: jpeg }]);
    for (const { original } of made(run))
      expect(original).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{32}$/), field: 'file' });
  });

  test('show the picture', async () => {
    for (const { bytes } of await only(jpeg)) {
      const [red = 0, green = 0] = await pixel(bytes, 0.25, 0.25);
      const [farRed = 255, farGreen = 255] = await pixel(bytes, 0.75, 0.75);
      expect([red > 190, green > 180, farRed < 50, farGreen < 60]).toEqual([true, true, true, true]);
    }
  });

  test.each(['webp', 'gif', 'avif', 'tiff'] as const)('of a %s', async (format) => {
    const bytes = await drawing(300, 200).toFormat(format).toBuffer();
    const results = await only(bytes, { sizes: { s: 90 } });
    const own = { webp: [], gif: ['only-s.gif'], avif: ['only-s.avif'], tiff: ['only-s.tif'] }[format];
    expect(results.map(({ name }) => name)).toEqual(['only-s.webp', ...own]);
    for (const { bytes, mime } of results) {
      const found = await sharp(bytes).metadata();
      expect(found).toMatchObject({ width: 90, height: 60 });
      expect(mime).toBe(found.format === 'heif' ? 'image/avif' : `image/${found.format}`);
    }
  });

  test('of an animation are of its first frame', async () => {
    const frames = await sharp([await flat(3).png().toBuffer(), await drawing(40, 30).png().toBuffer()], {
      join: { animated: true },
    })
      .gif({ loop: 0 })
      .toBuffer();
    expect((await sharp(frames).metadata()).pages).toBe(2);
    for (const { bytes } of await only(frames, { sizes: { s: 100 } })) {
      const { pages = 1, width, height } = await sharp(bytes).metadata();
      expect({ pages, width, height }).toEqual({ pages: 1, width: 40, height: 30 });
      const [red = 0, green = 0] = await pixel(bytes, 0.9, 0.9);
      expect([Math.abs(red - 200) < 10, Math.abs(green - 100) < 10]).toEqual([true, true]);
    }
  });

  test('are never enlarged', async () => {
    const results = await only(await drawing(300, 200).png().toBuffer());
    expect(results.map(({ name, meta }) => [name, meta?.width, meta?.height])).toEqual([
      ['only-small.webp', 160, 107],
      ['only-small.png', 160, 107],
      ['only-medium.webp', 300, 200],
      ['only-medium.png', 300, 200],
      ['only-large.webp', 300, 200],
      ['only-large.png', 300, 200],
    ]);
  });

  test.each([
    ['a line', 8_000, 1],
    ['a column', 1, 8_000],
    ['a point', 1, 1],
  ])('of %s have at least one pixel each way', async (_, width, height) => {
    for (const { bytes } of await only(await flat(3, width, height).png().toBuffer())) {
      const thumbnail = await sharp(bytes).metadata();
      expect(Math.min(thumbnail.width, thumbnail.height)).toBe(1);
      expect(Math.max(thumbnail.width, thumbnail.height)).toBeLessThanOrEqual(1_200);
    }
  });

  test('are as large as one asks, in the order of their size', async () => {
    const results = await only(jpeg, { sizes: { wide: 2_000, icon: 16 } });
    expect(results.map(({ name, meta }) => [name, meta?.width])).toEqual([
      ['only-icon.webp', 16],
      ['only-icon.jpg', 16],
      ['only-wide.webp', 1_600],
      ['only-wide.jpg', 1_600],
    ]);
  });

  test('of the same picture sent twice are made twice', async () => {
    const run = await thumbnailsOf([
      { name: 'one.jpg', bytes: jpeg },
      { name: 'two.jpg', bytes: jpeg },
    ]);
    const originals = made(run).map(({ original }) => original?.id ?? '');
    expect(new Set(originals).size).toBe(2);
    expect(originals).toHaveLength(12);
    expect(run.result).toEqual({ pictures: 2, thumbnails: 12 });
  });
});

describe('what the thumbnails do not carry', () => {
  // How a camera stores the upright picture: turned by so many degrees, then mirrored or not.
  test.each([
    [1, 0, false],
    [2, 0, true],
    [3, 180, false],
    [4, 180, true],
    [5, 90, true],
    [6, 270, false],
    [7, 270, true],
    [8, 90, false],
  ])('EXIF orientation %i: they come out upright', async (orientation, degrees, mirrored) => {
    const upright = await only(jpeg, { sizes: { s: 400 } });
    const turned = await sharp(jpeg).rotate(degrees).png().toBuffer();
    const stored = sharp(turned).flop(mirrored).withMetadata({ orientation });
    const bytes = await stored.jpeg().toBuffer();
    const results = await only(bytes, { sizes: { s: 400 } });
    expect(results).toHaveLength(2);
    for (const [index, result] of results.entries()) {
      expect(result.meta).toEqual({ size: 's', width: 400, height: 250 });
      for (const [x, y] of [
        [0.25, 0.25],
        [0.75, 0.25],
        [0.25, 0.75],
        [0.75, 0.75],
      ] as const) {
        const found = await pixel(result.bytes, x, y);
        const wanted = await pixel(upright[index]?.bytes ?? Buffer.alloc(0), x, y);
        for (const channel of [0, 1])
          expect(Math.abs((found[channel] ?? 0) - (wanted[channel] ?? 255))).toBeLessThan(20);
      }
    }
  });

  test.each(['jpeg', 'png', 'webp', 'avif', 'tiff'] as const)('the metadata of a %s', async (format) => {
    const bytes = await drawing(300, 200)
      .toFormat(format)
      .withExif({
        IFD0: { Artist: 'Somebody' },
        IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '45/1 35/1 10/1' },
      })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret/></x:xmpmeta>')
      .withIccProfile('p3')
      .toBuffer();
    const before = await sharp(bytes).metadata();
    expect(before).toMatchObject({ icc: expect.any(Buffer), xmp: expect.any(Buffer) });
    if (format !== 'tiff') expect(before.exif).toBeDefined(); // libvips writes none into a TIFF
    for (const { bytes: thumbnail } of await only(bytes, { sizes: { s: 90 } })) {
      const { exif, icc, xmp, iptc, comments, orientation = 1 } = await sharp(thumbnail).metadata();
      expect({ exif, icc, xmp, iptc, comments, orientation }).toEqual({ orientation: 1 });
      expect(thumbnail.includes('Somebody')).toBe(false);
    }
  });

  test.each([
    ['8 bits', 'srgb', 'p3'],
    ['16 bits', 'rgb16', 'p3'],
    ['16 bits', 'rgb16', 'srgb'],
    ['16 bits', 'rgb16', undefined],
  ] as const)('a colour profile: %s, %s, %s', async (_, space, profile) => {
    const picture = flat(3).toColourspace(space).png();
    if (profile) picture.withIccProfile(profile);
    const results = await only(await picture.toBuffer());
    const [red = 0, green = 0, blue = 0] = await pixel(find(results, 'only-small.png').bytes, 0.5, 0.5);
    expect(Math.max(Math.abs(red - 200), Math.abs(green - 100), Math.abs(blue - 50))).toBeLessThanOrEqual(2);
  });

  test('a CMYK picture comes out in sRGB', async () => {
    for (const { bytes } of await only(await flat(3).toColourspace('cmyk').jpeg().toBuffer()))
      expect(await sharp(bytes).metadata()).toMatchObject({ space: 'srgb', channels: 3 });
  });
});

describe('transparency', () => {
  test.each(['png', 'webp', 'gif', 'avif', 'tiff'] as const)('of a %s is kept', async (format) => {
    const bytes = await drawing(300, 200, 4).tiff({ compression: 'deflate' }).toFormat(format).toBuffer();
    for (const { bytes: thumbnail } of await only(bytes, { sizes: { s: 90 } })) {
      const { channels } = await sharp(thumbnail).ensureAlpha().stats();
      expect(channels[3]?.max).toBe(255);
      expect(channels[3]?.min).toBeLessThan(100);
    }
  });

  test('of a grey picture as well', async () => {
    const grey = await sharp(Buffer.alloc(200 * 100 * 2, 90), {
      raw: { width: 200, height: 100, channels: 2 },
    })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    const [thumbnail] = await only(grey, { sizes: { s: 50 } });
    expect((await pixel(thumbnail?.bytes ?? Buffer.alloc(0), 0.5, 0.5)).at(3)).toBe(90);
  });

  test('does not darken the colours', async () => {
    const results = await only(await flat(4, 2_400, 1_800).png().toBuffer());
    const [red = 0, green = 0, blue = 0, alpha] = await pixel(
      find(results, 'only-medium.png').bytes,
      0.5,
      0.5,
    );
    expect(Math.max(Math.abs(red - 200), Math.abs(green - 100), Math.abs(blue - 50))).toBeLessThanOrEqual(4);
    expect(alpha).toBe(128);
  });
});

/** Why the only file was refused; fails where it was not, or where something was kept of it. */
async function refusalOfOnly(bytes: Uint8Array, failsWith?: Error): Promise<unknown> {
  const kept: string[] = [];
  const files = [{ name: 'only', bytes, ...(failsWith && { failsWith }) }];
  const outcome = await thumbnailsOf(files, {}, { onResult: (name) => void kept.push(name) }).catch(
    (error: unknown) => error,
  );
  expect(kept).toEqual([]);
  expect(outcome).toBeInstanceOf(Error);
  return outcome;
}

describe('files that are refused', () => {
  const SENTENCES = {
    not_an_image: {
      en: 'The file “bad.jpg” is not a picture.',
      fr: 'Le fichier « bad.jpg » n’est pas une image.',
    },
    image_truncated: {
      en: 'The picture “bad.jpg” is damaged or incomplete.',
      fr: 'L’image « bad.jpg » est endommagée ou incomplète.',
    },
  };
  const unsupported = (format: string) => ({
    en: `The format of “bad.jpg” is ${format}. Pictures are taken as JPEG, PNG, WebP, GIF, AVIF or TIFF.`,
    fr: `Le fichier « bad.jpg » est au format ${format}. Les images sont acceptées en JPEG, PNG, WebP, GIF, AVIF ou TIFF.`,
  });
  const tooLarge = (size: string, millions: number) => ({
    en: `The picture “bad.jpg” has ${size} pixels, more than the ${millions} million that are taken.`,
    fr: `L’image « bad.jpg » compte ${size} pixels, plus que les ${millions} millions acceptés.`,
  });

  /** A good picture before and after it: they are worked, whatever becomes of the bad one. */
  async function refusalOf(bytes: Uint8Array, mime = 'image/jpeg') {
    const good = await flat(3).png().toBuffer();
    const run = await thumbnailsOf([
      { name: 'first.png', bytes: good },
      { name: 'bad.jpg', bytes, mime },
      { name: 'last.png', bytes: good },
    ]);
    expect(made(run).map(({ name }) => name.replace(/-.*/, ''))).toEqual([
      ...Array<string>(6).fill('first'),
      ...Array<string>(6).fill('last'),
    ]);
    expect(run.result).toEqual({ pictures: 2, thumbnails: 12 });
    expect(Object.keys(run.spoiled)).toEqual(['bad.jpg']);
    return run.spoiled['bad.jpg'];
  }

  test.each<[string, () => Buffer, keyof typeof SENTENCES]>([
    ['a text', () => text('Dear customer, your parcel …'), 'not_an_image'],
    ['nothing', () => Buffer.alloc(0), 'not_an_image'],
    ['one byte', () => text('\xff'), 'not_an_image'],
    ['zeros', () => Buffer.alloc(4_096), 'not_an_image'],
    [
      'a page with a picture behind it',
      () => Buffer.concat([text('<html><script>alert(1)</script>'), jpeg]),
      'not_an_image',
    ],
    [
      'a script that begins as a GIF',
      () => text('GIF89a/*..........*/=1;alert(document.domain)//'),
      'image_truncated',
    ],
    ['the beginning of a JPEG', () => text('\xff\xd8\xff\xe0'), 'image_truncated'],
    ['half a JPEG', () => jpeg.subarray(0, jpeg.length / 2), 'image_truncated'],
    ['half a PNG', () => png.subarray(0, png.length / 2), 'image_truncated'],
    ['a PNG that announces more than it has', () => announcedPng(500, 500), 'image_truncated'],
  ])('%s', async (_, bytes, code) => {
    expect(await refusalOf(bytes())).toMatchObject({
      code,
      category: 'FILE_ERROR',
      message: SENTENCES[code],
    });
  });

  test('tell the developer what the decoder said', async () => {
    const error = await refusalOf(jpeg.subarray(0, jpeg.length / 2));
    expect(error?.details).toMatch(/premature end of JPEG/);
  });

  test.each<[string, string, Buffer]>([
    ['SVG', 'an SVG with a script', SVG],
    ['SVG', 'an SVG after a long comment', Buffer.concat([text(`<!-- ${'-'.repeat(500)} -->\n`), SVG])],
    ['HEIC', 'the beginning of a photo', text('\0\0\0\x18ftypheic\0\0\0\0mif1heic')],
    ['PDF', 'a document', text('%PDF-1.7\n')],
    ['BMP', 'a bitmap', text('BM\x36\x10\0\0\0\0\0\0\x36\0\0\0')],
    ['Photoshop', 'a drawing', text('8BPS\0\x01')],
    ['JPEG XL', 'a JPEG XL', text('\xff\x0a\xfa')],
    ['JPEG XL', 'a JPEG XL in its box', text('\0\0\0\x0cJXL \r\n\x87\n')],
    ['JPEG 2000', 'a JPEG 2000', text('\0\0\0\x0cjP  \r\n\x87\n')],
  ])('%s: %s', async (format, _, bytes) => {
    expect(await refusalOf(bytes)).toMatchObject({
      code: 'unsupported_image_format',
      category: 'FILE_ERROR',
      message: unsupported(format),
    });
  });

  test('HEIC: a photo of a phone, whose header the reader of AVIF understands', async () => {
    const heic = heicOf(await flat(3).avif().toBuffer());
    expect(await sharp(heic).metadata()).toMatchObject({ format: 'heif', compression: 'hevc' });
    expect(await refusalOf(heic)).toMatchObject({
      code: 'unsupported_image_format',
      message: unsupported('HEIC'),
    });
  });

  test('a file of libvips itself, which it would read as willingly as a picture', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'waybill-pictures-'));
    try {
      await flat(3).toFile(join(folder, 'picture.v'));
      const bytes = await readFile(join(folder, 'picture.v'));
      expect(await refusalOf(bytes)).toMatchObject({ code: 'not_an_image' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('a bomb: a PNG of a few bytes and 30,000 × 30,000 pixels', async () => {
    const bomb = announcedPng(30_000, 30_000);
    expect(bomb.length).toBeLessThan(100);
    expect(await refusalOf(bomb)).toMatchObject({
      code: 'image_too_large',
      category: 'FILE_ERROR',
      message: tooLarge('30000 × 30000', 80),
    });
  });

  test('the limit is 80 million pixels, and 25 million of AVIF, which takes three times the memory', async () => {
    expect(await refusalOf(announcedPng(10_000, 8_001))).toMatchObject({ code: 'image_too_large' });
    expect(await refusalOf(announcedPng(10_000, 8_000))).toMatchObject({ code: 'image_truncated' });
    const avif = await flat(3, 5_001, 5_000).avif({ effort: 0 }).toBuffer();
    expect(await refusalOf(avif)).toMatchObject({ message: tooLarge('5001 × 5000', 25) });
  });

  test.each(['jpeg', 'progressive', 'png', 'interlaced', 'webp', 'gif', 'avif', 'tiff'])(
    '%s: cut anywhere, nothing is made of it',
    async (kind) => {
      const picture = drawing(160, 120, kind === 'png' ? 4 : 3);
      const whole = await {
        jpeg: () => picture.jpeg(),
        progressive: () => picture.jpeg({ progressive: true }),
        png: () => picture.png(),
        interlaced: () => picture.png({ progressive: true }),
        webp: () => picture.webp(),
        gif: () => picture.gif(),
        avif: () => picture.avif(),
        tiff: () => picture.tiff(),
      }
        [kind as 'jpeg']()
        .toBuffer();
      // The last 32 bytes are left out: a PNG or GIF whose end mark alone is missing has all its pixels.
      const property = fc.asyncProperty(fc.integer({ min: 16, max: whole.length - 32 }), async (length) => {
        expect(await refusalOfOnly(whole.subarray(0, length))).toMatchObject({ code: 'image_truncated' });
      });
      await fc.assert(property, { numRuns: 40 });
    },
  );

  test('any bytes at all: they are worked, or refused in words', async () => {
    const headers = [
      '',
      '\xff\xd8\xff',
      '\x89PNG\r\n\x1a\n',
      'GIF89a',
      'RIFF\x40\0\0\0WEBPVP8 ',
      'II*\0',
      '\0\0\0\x1cftypavif',
    ];
    const bytes = fc
      .tuple(fc.constantFrom(...headers), fc.uint8Array({ maxLength: 200 }))
      .map(([header, rest]) => Buffer.concat([text(header), rest]));
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        const outcome = await thumbnailsOf([{ name: 'any', bytes: content }]).catch(
          (error: unknown) => error,
        );
        expect(outcome instanceof FileError || made(outcome as StepRun).length > 0).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('what is not the fault of a file', () => {
  test('a picture with something behind it is worked, and what is behind it is gone', async () => {
    for (const { bytes } of await only(Buffer.concat([jpeg, text('<script>alert(1)</script>')])))
      expect(bytes.includes('<script>')).toBe(false);
  });

  test('nothing is kept of a file whose stream fails at its end, as where its md5 is another one', async () => {
    const failsWith = new FileError('file_changed', 'another md5');
    expect(await refusalOfOnly(jpeg, failsWith)).toBe(failsWith);
  });

  test('a stream that breaks is no fault of the file', async () => {
    const failsWith = new Error('ECONNRESET');
    expect(await refusalOfOnly(jpeg, failsWith)).toBe(failsWith);
  });

  test('a result that cannot be kept is no fault of the file either', async () => {
    const onResult = (): never => {
      throw new Error('the bucket is gone');
    };
    await expect(thumbnailsOf([{ name: 'a.jpg', bytes: jpeg }], {}, { onResult })).rejects.toThrow(
      'the bucket',
    );
  });
});

describe('a run', () => {
  test('keeps no picture in memory, takes one thread, and leaves the readers of other formats shut', async () => {
    sharp.cache(true);
    sharp.concurrency(2);
    sharp.unblock({ operation: ['VipsForeignLoad'] });
    await only(jpeg, { sizes: { s: 90 } });
    expect(sharp.cache()).toMatchObject({ memory: { max: 0 }, files: { max: 0 }, items: { max: 0 } });
    expect(sharp.concurrency()).toBe(1);
    await expect(sharp(SVG).metadata()).rejects.toThrow('unsupported image format');
  });

  test('takes a name for a name, and not for options of libvips', async () => {
    const run = await thumbnailsOf([{ name: 'a.jpg[shrink=8]', bytes: jpeg }]);
    expect(made(run).at(-1)).toMatchObject({ name: 'a-large.jpg', meta: { width: 1_200 } });
  });

  test('leaves no file in its folder, whether a picture was good or bad', async () => {
    let left: string[] | undefined;
    await thumbnailsOf(
      [
        { name: 'a.jpg', bytes: jpeg },
        { name: 'b.jpg', bytes: SVG },
      ],
      {},
      {
        onEnd: async (folder) => {
          left = await readdir(folder);
        },
      },
    );
    expect(left).toEqual([]);
  });

  test('stops between two thumbnails when it is aborted', async () => {
    const abort = new AbortController();
    const reason = new Error('canceled');
    const kept: string[] = [];
    const onResult = (name: string): void => {
      kept.push(name);
      if (kept.length === 2) abort.abort(reason);
    };
    const files = [
      { name: 'a.jpg', bytes: jpeg },
      { name: 'b.jpg', bytes: jpeg },
    ];
    await expect(thumbnailsOf(files, {}, { signal: abort.signal, onResult })).rejects.toBe(reason);
    expect(kept).toEqual(['a-small.webp', 'a-small.jpg']);
  });

  test('stops while it reads when it is aborted, and says no file is bad', async () => {
    const abort = new AbortController();
    const onOpen = (): void => void setImmediate(() => abort.abort());
    const files = [{ name: 'a.jpg', bytes: Buffer.alloc(64 * 1024 * 1024), onOpen }];
    const run = thumbnailsOf(files, {}, { signal: abort.signal });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('says how far it is: never less than before, and for each size of each picture', async () => {
    const { progress } = await thumbnailsOf([
      { name: 'a.jpg', bytes: jpeg },
      { name: 'bad.jpg', bytes: SVG },
      { name: 'c.png', bytes: png },
    ]);
    const reports = progress.thumbnails ?? [];
    const fractions = reports.map(({ fraction }) => fraction);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).toBeCloseTo((2 + 2 / 3) / 3);
    expect(reports.map(({ message }) => message)).toEqual([
      'a.jpg (1/3)',
      'a.jpg: small',
      'a.jpg: medium',
      'a.jpg: large',
      'bad.jpg (2/3)',
      'c.png (3/3)',
      'c.png: small',
      'c.png: medium',
      'c.png: large',
    ]);
  });
});

describe('fields', () => {
  test.each([
    ['no size', { sizes: {} }, ['sizes']],
    ['six sizes', { sizes: { a: 20, b: 30, c: 40, d: 50, e: 60, f: 70 } }, ['sizes']],
    ['a size below 16', { sizes: { a: 15 } }, ['sizes', 'a']],
    ['a size above 2,000', { sizes: { a: 2_001 } }, ['sizes', 'a']],
    ['half a pixel', { sizes: { a: 20.5 } }, ['sizes', 'a']],
    ['a name that would be a path', { sizes: { '../a': 20 } }, ['sizes', '../a']],
    ['a long name', { sizes: { abcdefghijklmnopq: 20 } }, ['sizes', 'abcdefghijklmnopq']],
    ['a long nonce', { nonce: 'x'.repeat(129) }, ['nonce']],
  ])('%s is refused', (_, fields, path) => {
    const parsed = imageThumbnails.fields.safeParse(fields);
    expect(parsed.error?.issues.map((issue) => issue.path)).toEqual([path]);
  });

  test.each([{}, { nonce: 'again' }, { sizes: { a: 16, b: 2_000, c: 20, d: 20, e: 20 } }])(
    '%j is taken',
    (fields) => {
      expect(imageThumbnails.fields.safeParse(fields).success).toBe(true);
    },
  );
});

describe('the pictures of the demo', () => {
  test.each([
    ['harbour.jpg', 1_200, 800],
    ['parcel.png', 1_200, 900],
  ])('%s', async (name, width, height) => {
    const bytes = await readFile(join(import.meta.dirname, '../../scripts/demo/pictures', name));
    expect(bytes.length).toBeLessThan(600_000);
    const results = await only(bytes);
    expect(find(results, 'only-large.webp').meta).toEqual({ size: 'large', width, height });
  });
});
