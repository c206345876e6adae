import type { Picture } from '../types.ts';
import { bmp } from './bmp.ts';
import { broken, type PictureFormat, type PictureHeader } from './format.ts';
import { jpeg } from './jpeg.ts';
import { orient } from './orient.ts';
import { png } from './png.ts';
import { pnm } from './pnm.ts';
import { webp } from './webp.ts';

/** Every picture format that is read. */
export const formats: readonly PictureFormat[] = [png, jpeg, webp, bmp, pnm];

/** Endings by which pictures are found in folders. */
export const pictureExtensions: ReadonlySet<string> = new Set(formats.flatMap((format) => format.extensions));

export function formatOf(bytes: Uint8Array): PictureFormat {
  const format = formats.find((candidate) => candidate.matches(bytes));
  if (!format) throw broken(`not a picture in a known format (${formats.map(({ name }) => name).join(', ')})`);
  return format;
}

/**
 * Decodes a picture and turns it upright by its EXIF orientation, as OpenCV and viewers do. `header` is as stored, before turning.
 * Throws `data.picture` for a broken file, before anything is allocated by a size its header claims and the file cannot hold.
 */
export async function decodePicture(bytes: Uint8Array): Promise<{ picture: Picture; header: PictureHeader }> {
  const format = formatOf(bytes);
  try {
    const header = format.header(bytes);
    const picture = await format.decode(bytes, header);
    return { picture: orient(picture, header.orientation), header };
  } catch (thrown) {
    // Reading past the end of a cut file; everything else is said by the format itself.
    if (thrown instanceof RangeError) throw broken(`the ${format.name} is cut off or broken`, thrown);
    throw thrown;
  }
}
