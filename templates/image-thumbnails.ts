import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { defineTemplate, type Input, type StepContext } from '../lib/domain/template.ts';
import { decodePicture, FORMATS, type FormatName, loadSharp, type Picture, within } from './picture.ts';

const MAX_SIZES = 5;

const Fields = z.strictObject({
  /** The longest edge in pixels, by a name that becomes part of the thumbnail's name. */
  sizes: z
    .record(z.string().regex(/^[a-z][a-z0-9-]{0,15}$/), z.number().int().min(16).max(2_000))
    .refine((sizes) => Object.keys(sizes).length > 0, 'must have a size')
    .refine((sizes) => Object.keys(sizes).length <= MAX_SIZES, `may have ${MAX_SIZES} sizes at most`)
    .default({ small: 160, medium: 480, large: 1_200 }),
  /** Not used. The assembly id is a hash of the fields, so another nonce makes completed work run again. */
  nonce: z.string().max(128).optional(),
});
type Fields = z.infer<typeof Fields>;

const Made = z.object({ pictures: z.number().default(0), thumbnails: z.number().default(0) });

/** Every picture in each size, as WebP and in its own format: upright, in sRGB, never enlarged, without metadata. */
export const imageThumbnails = defineTemplate({
  id: 'image-thumbnails',
  uploads: { min: 1, max: 100 },
  fields: Fields,
  steps: [{ name: 'thumbnails', title: 'Making thumbnails', run: makeThumbnails }],
});

async function makeThumbnails(context: StepContext<Fields>) {
  const sharp = await loadSharp();
  const sizes = Object.entries(context.fields.sizes).sort(([, a], [, b]) => a - b);
  const largest = Math.max(...Object.values(context.fields.sizes));
  const total = context.inputs.length;
  // Where only failed pictures are done again, those of before still count.
  const made = Made.parse((await context.previousResult()) ?? {});
  let begun = 0;
  await context.eachInput(async (input) => {
    const before = begun++;
    const { format, data, raw } = await readPicture(context, input, largest);
    for (const [index, [size, edge]] of sizes.entries()) {
      context.progress((before + index / sizes.length) / total, `${input.name}: ${size}`);
      for (const target of new Set<FormatName>(['webp', format])) {
        context.signal.throwIfAborted();
        const { extension, encoding } = FORMATS[target];
        const image = sharp(data, { raw }).resize(within(edge)).toFormat(target, encoding);
        const thumbnail = await image.toBuffer({ resolveWithObject: true });
        const { width, height } = thumbnail.info;
        await context.result(`${input.basename}-${size}.${extension}`, thumbnail.data, {
          mime: `image/${target}`,
          original: input,
          meta: { size, width, height },
        });
        made.thumbnails += 1;
      }
    }
    made.pictures += 1;
  });
  return made;
}

/**
 * Decodes an input once, to its last row and after its md5 was found right, before any thumbnail is kept.
 * @throws FileError where it is no whole picture of a format and size that are taken
 */
async function readPicture(
  { tempFolder, signal }: StepContext,
  input: Input,
  edge: number,
): Promise<Picture> {
  // Named by its id: libvips reads options from brackets in a name, and the name is the submitter's.
  const file = join(tempFolder, input.id);
  try {
    await pipeline(await input.stream(), createWriteStream(file), { signal });
    return await decodePicture(file, input.name, edge);
  } finally {
    await rm(file, { force: true }); // a hundred of them could fill the disk
  }
}
