import type { Box, Picture } from '../types.ts';

/** EXIF 2.3, 4.6.4: orientations above 4 swap the axes; then left and right, top and bottom are mirrored. */
const swapsAxes = (orientation: number): boolean => orientation > 4;
const mirrorsX = (orientation: number): boolean => [2, 3, 6, 7].includes(orientation);
const mirrorsY = (orientation: number): boolean => [3, 4, 7, 8].includes(orientation);

/** Turns a picture upright. Returns the same object for orientation 1. */
export function orient(picture: Picture, orientation: number): Picture {
  if (orientation === 1) return picture;
  const { channels, data: from } = picture;
  const swap = swapsAxes(orientation);
  const [width, height] = swap ? [picture.height, picture.width] : [picture.width, picture.height];
  const data = new Uint8Array(from.length);
  for (let y = 0, to = 0; y < height; y++) {
    const v = mirrorsY(orientation) ? height - 1 - y : y;
    for (let x = 0; x < width; x++) {
      const u = mirrorsX(orientation) ? width - 1 - x : x;
      const at = (swap ? u * picture.width + v : v * picture.width + u) * channels;
      for (let c = 0; c < channels; c++) data[to++] = from[at + c]!;
    }
  }
  return { width, height, channels, data };
}

/** Moves a box from the picture as stored (`size`) to the upright one. */
export function orientBox(box: Box, orientation: number, size: { readonly width: number; readonly height: number }): Box {
  if (orientation === 1) return box;
  const swap = swapsAxes(orientation);
  const [width, height] = swap ? [size.height, size.width] : [size.width, size.height];
  const upright = swap ? { ...box, x: box.y, y: box.x, width: box.height, height: box.width } : { ...box };
  // Points keep their names: the stored picture is turned, not seen in a mirror.
  const landmarks = box.landmarks?.map((point) => {
    if (!point) return null;
    const [x, y] = swap ? [point[1], point[0]] : point;
    return [mirrorsX(orientation) ? width - x : x, mirrorsY(orientation) ? height - y : y] as const;
  });
  if (mirrorsX(orientation)) upright.x = width - upright.x - upright.width;
  if (mirrorsY(orientation)) upright.y = height - upright.y - upright.height;
  return landmarks ? { ...upright, landmarks } : upright;
}
