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
  if (mode !== 'CONSTANT') throw new LatheError('xir.operator', `pad with mode ${mode} cannot be simulated`, { node: op.name });
  const input = one('input');
  const step = steps(input.shape);
  const paddings = attributes.integers('paddings');
  const value = attributes.reals('constant_values', [0])[0] ?? 0;
  const from = (place: readonly number[]): number => {
    let at = 0;
    for (let axis = 0; axis < place.length; axis++) {
      const index = place[axis]! - paddings[2 * axis]!;
      if (index < 0 || index >= input.shape[axis]!) return -1;
      at += index * step[axis]!;
    }
    return at;
  };
  return gathered(shape, input.data, from, value);
};
