/**
 * Draws the two pictures of the demo, which are ours to give away: `harbour.jpg`, as a phone would store it
 * (on its side, with an EXIF orientation that says so, and with the place where it was taken), and `parcel.png`, with transparency.
 * Run it after a change: `node scripts/demo/make-pictures.ts`. The same code draws the same pictures.
 */
import { join } from 'node:path';
import sharp from 'sharp';
import { harbour } from './pictures/harbour.ts';
import { parcel } from './pictures/parcel.ts';

const FOLDER = join(import.meta.dirname, 'pictures');

const upright = await sharp(Buffer.from(harbour())).removeAlpha().png().toBuffer();
await sharp(upright)
  .rotate(270)
  .jpeg({ quality: 82, mozjpeg: true })
  .withExif({
    IFD0: { Artist: 'Waybill', ImageDescription: 'A harbour at dusk' },
    // The lighthouse of Cordouan: what must not be in a thumbnail.
    IFD3: {
      GPSLatitudeRef: 'N',
      GPSLatitude: '45/1 35/1 10/1',
      GPSLongitudeRef: 'W',
      GPSLongitude: '1/1 10/1 24/1',
    },
  })
  .withMetadata({ orientation: 6 }) // to be turned a quarter to the right by whoever shows it
  .toFile(join(FOLDER, 'harbour.jpg'));
await sharp(Buffer.from(parcel())).png({ compressionLevel: 9 }).toFile(join(FOLDER, 'parcel.png'));
