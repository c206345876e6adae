import { eachPixel } from './convolution.ts';
import { elements, type Evaluate, type Operands } from './operator.ts';

interface Corners {
  readonly low: number;
  readonly high: number;
  /** How far towards `high`, float32. */
  readonly part: number;
}

const f = Math.fround;

/** TensorFlow's resize in float32: NEAREST takes one pixel, BILINEAR mixes in rows, then between them. */
export const resize: Evaluate = (operands) => {
  const { one, attributes, shape } = operands;
  const { shape: size, data } = one('input');
  const channels = shape[3]!;
  const at = (n: number, y: number, x: number): number => ((n * size[1]! + y) * size[2]! + x) * channels;
  const out = new Float32Array(elements(shape));
  if (attributes.text('mode') === 'NEAREST') {
    const [rows, columns] = [nearest(operands, size[1]!, shape[1]!), nearest(operands, size[2]!, shape[2]!)];
    eachPixel(shape, (n, y, x, to) => out.set(data.subarray(at(n, rows[y]!, columns[x]!), at(n, rows[y]!, columns[x]!) + channels), to));
    return out;
  }
  const [rows, columns] = [corners(operands, size[1]!, shape[1]!), corners(operands, size[2]!, shape[2]!)];
  eachPixel(shape, (n, y, x, to) => {
    const [row, column] = [rows[y]!, columns[x]!];
    const mixed = (line: number, c: number): number => {
      const [left, right] = [data[at(n, line, column.low) + c]!, data[at(n, line, column.high) + c]!];
      return f(left + f(f(right - left) * column.part));
    };
    for (let c = 0; c < channels; c++) {
      const [top, bottom] = [mixed(row.low, c), mixed(row.high, c)];
      out[to + c] = f(top + f(f(bottom - top) * row.part));
    }
  });
  return out;
};

/** Where the centre of an output pixel lies among the input's. */
function position({ attributes }: Operands, size: number, length: number, bias: number): (place: number) => number {
  const aligned = attributes.boolean('align_corners', false) && length > 1;
  const scale = aligned ? f((size - 1) / f(length - 1)) : f(size / f(length));
  if (!attributes.boolean('half_pixel_centers', false)) return (place) => f(f(place) * scale);
  return (place) => f(f(f(f(place) + 0.5) * scale) - f(bias));
}

function nearest(operands: Operands, size: number, length: number): number[] {
  const at = position(operands, size, length, 0);
  const rounds = operands.attributes.boolean('align_corners', false);
  return Array.from({ length }, (_, i) => Math.min(Math.floor(rounds ? at(i) + 0.5 : at(i)), size - 1));
}

function corners(operands: Operands, size: number, length: number): Corners[] {
  const at = position(operands, size, length, 0.5);
  return Array.from({ length }, (_, i) => {
    const place = at(i);
    return { low: Math.max(Math.floor(place), 0), high: Math.min(Math.ceil(place), size - 1), part: f(place - f(Math.floor(place))) };
  });
}
