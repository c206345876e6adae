import { LatheError } from '../../base/errors.ts';
import { cutOut, type FitPlan, type Rectangle } from '../fit.ts';
import { resize, type Interpolation } from '../resize.ts';
import { mirroredOrder } from '../landmarks.ts';
import type { Box, Picture } from '../types.ts';
import type { Frame, Size } from './augmentation.ts';

/** All of a picture, as `plan` resizes and crops it. */
export const wholeFrame = ({ width, height }: Size, plan: FitPlan): Frame => ({
  region: { left: 0, top: 0, width, height },
  size: { width: plan.width, height: plan.height },
  window: plan.window,
  fill: plan.value,
  mirror: { x: false, y: false },
});

export interface Filter {
  readonly mode: Interpolation;
  readonly antialias: boolean;
}

/** The frame's region in its size; its window is still to be taken. */
export const resizedRegion = (picture: Picture, { region, size }: Frame, { mode, antialias }: Filter): Picture =>
  resize(cutOut(picture, region, 0), size.width, size.height, mode, antialias);

/** What the frame leaves of its resized region. The same object where that is all of it. */
export const windowOf = (sized: Picture, { window, fill, mirror }: Frame): Picture => mirrored(cutOut(sized, window, fill), mirror);

function mirrored(picture: Picture, { x, y }: Frame['mirror']): Picture {
  if (!x && !y) return picture;
  const { width, height, channels, data: from } = picture;
  const data = new (from.constructor as Uint8ArrayConstructor | Float32ArrayConstructor)(from.length);
  const row = width * channels;
  for (let v = 0, to = 0; v < height; v++) {
    const start = (y ? height - 1 - v : v) * row;
    if (!x) {
      data.set(from.subarray(start, start + row), to);
      to += row;
    } else
      for (let at = start + row - channels; at >= start; at -= channels) {
        for (let c = 0; c < channels; c++) data[to++] = from[at + c]!;
      }
  }
  return { width, height, channels, data };
}

/** The same frame of a picture that is larger or smaller by whole factors: the target of a network that enlarges. Throws `data.pairs`. */
export function scaledFrame(frame: Frame, from: Size, to: Size): Frame {
  if (from.width === to.width && from.height === to.height) return frame;
  const [x, y] = [to.width / from.width, to.height / from.height];
  const rectangle = ({ left, top, width, height }: Rectangle): Rectangle => ({
    left: left * x,
    top: top * y,
    width: width * x,
    height: height * y,
  });
  const scaled = {
    ...frame,
    region: rectangle(frame.region),
    size: { width: frame.size.width * x, height: frame.size.height * y },
    window: rectangle(frame.window),
  };
  const numbers = [...Object.values(scaled.region), ...Object.values(scaled.size), ...Object.values(scaled.window)] as number[];
  if (numbers.every(Number.isInteger)) return scaled;
  throw new LatheError(
    'data.pairs',
    `the target of ${to.width} x ${to.height} is no whole multiple of its input of ${from.width} x ${from.height}`,
    { hint: 'Cut parts of such pairs do not match: leave out the augmentations that cut.' },
  );
}

/**
 * Boxes of the picture in pixels of what the frame leaves of it: clipped there, and left out where less than a pixel is left of them
 * (torchvision ClampBoundingBoxes, SanitizeBoundingBoxes with min_size 1).
 */
export function framedBoxes(boxes: readonly Box[], frame: Frame, names?: readonly string[]): Box[] {
  const { region, size, window, mirror } = frame;
  const [scaleX, scaleY] = [size.width / region.width, size.height / region.height];
  return boxes.flatMap((box) => {
    const [x, width] = framed(box.x, box.width, region.left, scaleX, window.left, window.width, mirror.x);
    const [y, height] = framed(box.y, box.height, region.top, scaleY, window.top, window.height, mirror.y);
    if (width < 1 || height < 1) return [];
    const { landmarks } = box;
    return [{ ...box, x, y, width, height, ...(landmarks ? { landmarks: framedLandmarks(landmarks, frame, names) } : {}) }];
  });
}

/** Points that the frame leaves in the picture; in a mirrored one left and right change places, and points without names are given up. */
function framedLandmarks(
  landmarks: NonNullable<Box['landmarks']>,
  { region, size, window, mirror }: Frame,
  names: readonly string[] | undefined,
): NonNullable<Box['landmarks']> {
  const [scaleX, scaleY] = [size.width / region.width, size.height / region.height];
  const moved = landmarks.map((point) => {
    if (!point) return null;
    const x = (point[0] - region.left) * scaleX - window.left;
    const y = (point[1] - region.top) * scaleY - window.top;
    if (!(x >= 0 && y >= 0 && x <= window.width && y <= window.height)) return null;
    return [mirror.x ? window.width - x : x, mirror.y ? window.height - y : y] as const;
  });
  // Mirrored both ways a picture is only turned round.
  if (mirror.x === mirror.y) return moved;
  const order = mirroredOrder(names, moved.length);
  return order ? order.map((place) => moved[place]!) : moved.map(() => null);
}

/** Start and length along one axis. */
function framed(at: number, length: number, origin: number, scale: number, edge: number, side: number, turn: boolean): [number, number] {
  const first = Math.max(0, (at - origin) * scale - edge);
  const end = Math.min(side, (at + length - origin) * scale - edge);
  return [turn ? side - end : first, end - first];
}
