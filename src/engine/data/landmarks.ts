import type { Box } from './types.ts';

/**
 * Names of the five points of a face in the order of RetinaFace's annotations, which YuNet's and dlib's data follow: left and right as the
 * viewer sees them. Taken for any five points without names.
 */
export const faceLandmarks = ['left eye', 'right eye', 'nose', 'left corner of the mouth', 'right corner of the mouth'];

const sides: readonly (readonly [RegExp, string])[] = [
  [/left/i, 'right'],
  [/right/i, 'left'],
];

/** The other side's name; undefined for a point in the middle. Short forms count at either end: `l_eye`, `eye_r`. */
function opposite(name: string): string | undefined {
  const plain = name.trim().toLowerCase();
  for (const [side, other] of sides) if (side.test(plain)) return plain.replace(side, other);
  const short = /^([lr])(?=[^a-z])|(?<=[^a-z])([lr])$/.exec(plain);
  if (!short) return undefined;
  return `${plain.slice(0, short.index)}${short[0] === 'l' ? 'r' : 'l'}${plain.slice(short.index + 1)}`;
}

/**
 * By place in a mirrored picture: which point stands there now. A point named after one side takes the place of its counterpart. undefined
 * where the names of `count` points are not known.
 */
export function mirroredOrder(names: readonly string[] | undefined, count: number): readonly number[] | undefined {
  const known = names ?? (count === faceLandmarks.length ? faceLandmarks : undefined);
  if (known?.length !== count) return undefined;
  const plain = known.map((name) => name.trim().toLowerCase());
  return plain.map((name, place) => {
    const other = opposite(name);
    const at = other === undefined ? place : plain.indexOf(other);
    return at < 0 ? place : at;
  });
}

/** A box under x' = x * scaleX + offsetX, y likewise, with its landmarks. */
export function movedBox<Moved extends Box>(
  box: Moved,
  {
    scaleX,
    scaleY,
    offsetX,
    offsetY,
  }: { readonly scaleX: number; readonly scaleY: number; readonly offsetX: number; readonly offsetY: number },
): Moved {
  const { landmarks } = box;
  return {
    ...box,
    x: box.x * scaleX + offsetX,
    y: box.y * scaleY + offsetY,
    width: box.width * scaleX,
    height: box.height * scaleY,
    ...(landmarks ? { landmarks: landmarks.map((point) => point && [point[0] * scaleX + offsetX, point[1] * scaleY + offsetY]) } : {}),
  };
}
