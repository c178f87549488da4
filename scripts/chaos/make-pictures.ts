import sharp from 'sharp';
import type { JobStage, LoadFile } from './play-job.ts';

/** Small ones: the worker is to be interrupted, not the processor to be warmed. */
export async function makePictures(): Promise<Pick<JobStage, 'pictures' | 'brokenPicture'>> {
  const pictures: LoadFile[] = await Promise.all(
    ['#204080', '#c04020'].map(async (background, index) => ({
      name: `picture-${index + 1}.jpg`,
      bytes: new Uint8Array(
        await sharp({ create: { width: 96, height: 64, channels: 3, background } })
          .jpeg()
          .toBuffer(),
      ),
    })),
  );
  const bytes = pictures[0]?.bytes ?? new Uint8Array();
  return { pictures, brokenPicture: { name: 'broken.jpg', bytes: bytes.slice(0, bytes.length / 2) } };
}
