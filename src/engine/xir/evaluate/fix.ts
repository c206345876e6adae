import { LatheError } from '../../base/errors.ts';
import type { Evaluate } from './operator.ts';

/** How a `fix` rounds halves: up (the DPU), away from zero, to even. */
const rounding: Readonly<Record<string, (value: number) => number>> = {
  DPU_ROUND: (value) => Math.floor(value + 0.5),
  STD_ROUND: (value) => (value < 0 ? -Math.floor(-value + 0.5) : Math.floor(value + 0.5)),
  PY3_ROUND: (value) => {
    const floor = Math.floor(value);
    if (value - floor !== 0.5) return Math.floor(value + 0.5);
    return floor % 2 === 0 ? floor : floor + 1;
  },
};

/** The only quantizer of a quantized graph: float32 product with 2^fix_point, rounded, cut to the width, divided again. */
export const fix: Evaluate = ({ attributes, one, op }) => {
  const { data } = one('input');
  const [bits, signed] = [attributes.integer('bit_width'), attributes.boolean('if_signed')];
  const round = rounding[attributes.text('round_mode')] ?? unknownMode(op.name, attributes.text('round_mode'));
  const scale = Math.fround(2 ** attributes.integer('fix_point'));
  const [low, high] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  const integers = new Int32Array(data.length);
  const values = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const integer = Math.min(high, Math.max(low, round(Math.fround(data[i]! * scale))));
    integers[i] = integer;
    values[i] = integers[i]! / scale;
  }
  return { data: values, integers };
};

function unknownMode(op: string, mode: string): never {
  const known = Object.keys(rounding).join(', ');
  throw new LatheError('xir.attribute', `round_mode ${JSON.stringify(mode)} is none of ${known}`, { node: op });
}
