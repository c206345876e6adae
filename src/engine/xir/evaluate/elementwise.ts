import type { XirOp } from '../graph.ts';
import { OpAttributes } from '../read-attributes.ts';
import { elements, type Evaluate, type Operands, type Values } from './operator.ts';

/** Guard bits of the DPU's shift when it reads the operands of an addition. */
const guardBits = 2;

const mapped =
  (f: (value: number) => number): Evaluate =>
  ({ one }) =>
    one('input').data.map(f);

export const relu = mapped((value) => (value < 0 ? 0 : value));
export const relu6 = mapped((value) => Math.min(6, Math.max(0, value)));
export const hardSigmoid = mapped((value) => Math.min(6, Math.max(0, value + 3)) / 6);
/** expf is the double's exponential, rounded: within the last bit of the C library's. */
export const sigmoid = mapped((value) => 1 / (1 + Math.fround(Math.exp(-value))));
export const tanh = mapped(Math.tanh);
export const leakyRelu: Evaluate = ({ one, attributes }) => {
  const slope = attributes.real('alpha');
  return one('input').data.map((value) => (value < 0 ? value * slope : value));
};

/**
 * Where all operands are fixed and the sum is fixed next (or behind a relu), each operand is first cut to two bits more than the coarsest
 * of them has, as the DPU reads them; elsewhere it is the plain sum.
 */
export const add: Evaluate = (operands) => {
  const { all, shape } = operands;
  const makers = operands.makers('input');
  const cut = makers.every(({ type }) => type === 'fix') && isFixedNext(operands);
  const unit = cut ? 2 ** (Math.min(...makers.map((maker) => new OpAttributes(maker).integer('fix_point'))) + guardBits) : 0;
  const out = new Float32Array(elements(shape));
  for (const values of all('input')) {
    const at = broadcast(values, shape);
    for (let i = 0; i < out.length; i++) {
      const value = values.data[at(i)]!;
      out[i] = out[i]! + (cut ? Math.floor(value * unit) / unit : value);
    }
  }
  return out;
};

function isFixedNext({ op, readers }: Operands): boolean {
  const first = (of: XirOp): XirOp | undefined => readers(of)[0];
  const next = first(op);
  return next?.type === 'fix' || (next?.type === 'relu' && first(next)?.type === 'fix');
}

const ofTwo =
  (f: (a: number, b: number) => number): Evaluate =>
  ({ all, shape }) => {
    const [a, b] = all('input') as [Values, Values];
    const [atA, atB] = [broadcast(a, shape), broadcast(b, shape)];
    const out = new Float32Array(elements(shape));
    for (let i = 0; i < out.length; i++) out[i] = f(a.data[atA(i)]!, b.data[atB(i)]!);
    return out;
  };

export const multiply = ofTwo((a, b) => a * b);
/** Not compared with the vendor's: no recorded graph has them. */
export const subtract = ofTwo((a, b) => a - b);
export const divide = ofTwo((a, b) => a / b);

/** From an index of the result to that of an operand of fewer or smaller dimensions. */
function broadcast({ shape, data }: Values, result: readonly number[]): (index: number) => number {
  if (data.length === elements(result)) return (index) => index;
  if (data.length === 1) return () => 0;
  const sizes = [...Array<number>(result.length - shape.length).fill(1), ...shape];
  const steps = sizes.map((size, axis) => (size === 1 ? 0 : elements(sizes.slice(axis + 1))));
  return (index) => {
    let at = 0;
    for (let axis = result.length - 1, rest = index; axis >= 0; axis--) {
      at += (rest % result[axis]!) * steps[axis]!;
      rest = Math.floor(rest / result[axis]!);
    }
    return at;
  };
}
