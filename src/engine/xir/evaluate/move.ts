import { LatheError } from '../../base/errors.ts';
import { elements, type Evaluate } from './operator.ts';

/** The same values under another shape. */
export const reshape: Evaluate = ({ one }) => one('input').data.slice();

/** Offsets of neighbours along each axis. */
const steps = (shape: readonly number[]): number[] => shape.map((_, axis) => elements(shape.slice(axis + 1)));

/** Fills a result from `from`, which gives the place in the operand for places along each axis of the result, or -1. */
function gathered(shape: readonly number[], data: Float32Array, from: (place: readonly number[]) => number, otherwise = 0): Float32Array {
  const out = new Float32Array(elements(shape));
  const place = shape.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    const at = from(place);
    out[i] = at < 0 ? otherwise : data[at]!;
    for (let axis = shape.length - 1; axis >= 0 && ++place[axis]! === shape[axis]; axis--) place[axis] = 0;
  }
  return out;
}

export const transpose: Evaluate = ({ one, attributes, shape }) => {
  const input = one('input');
  const order = attributes.integers('order');
  const step = steps(input.shape);
  return gathered(shape, input.data, (place) => place.reduce((at, index, axis) => at + index * step[order[axis]!]!, 0));
};

export const stridedSlice: Evaluate = ({ one, attributes, shape }) => {
  const input = one('input');
  const step = steps(input.shape);
  const [begin, strides] = [attributes.integers('begin'), attributes.integers('strides')];
  return gathered(shape, input.data, (place) =>
    place.reduce((at, index, axis) => at + (begin[axis]! + index * strides[axis]!) * step[axis]!, 0),
  );
};

export const pad: Evaluate = ({ op, one, attributes, shape }) => {
  const mode = attributes.text('mode');
  if (mode !== 'CONSTANT' && mode !== 'REFLECT')
    throw new LatheError('xir.operator', `pad with mode ${mode} cannot be simulated`, { node: op.name });
  const input = one('input');
  const step = steps(input.shape);
  const paddings = attributes.integers('paddings');
  const value = attributes.reals('constant_values', [0])[0] ?? 0;
  const from = (place: readonly number[]): number => {
    let at = 0;
    for (let axis = 0; axis < place.length; axis++) {
      const size = input.shape[axis]!;
      let index = place[axis]! - paddings[2 * axis]!;
      // Mirrored at the border, which is not repeated.
      if (mode === 'REFLECT') index = index < 0 ? -index : index >= size ? 2 * (size - 1) - index : index;
      if (index < 0 || index >= size) return -1;
      at += index * step[axis]!;
    }
    return at;
  };
  return gathered(shape, input.data, from, value);
};

/** PyTorch's PixelShuffle: channels are [channel, block row, block column]. `upscale` false is the way back. */
export const pixelShuffle: Evaluate = ({ one, attributes, shape }) => {
  const input = one('input');
  const step = steps(input.shape);
  const [block, up] = [attributes.integer('scale'), attributes.boolean('upscale')];
  return gathered(shape, input.data, ([n = 0, y = 0, x = 0, c = 0]) => {
    const [row, column] = up ? [y % block, x % block] : [Math.floor(c / block) % block, c % block];
    const [fromY, fromX] = up ? [Math.floor(y / block), Math.floor(x / block)] : [y * block + row, x * block + column];
    const channel = up ? (c * block + row) * block + column : Math.floor(c / block ** 2);
    return n * step[0]! + fromY * step[1]! + fromX * step[2]! + channel;
  });
};
