import { hardSwishInnerPosition } from './arithmetic.ts';

/** Least and greatest of what is allowed, both inclusive. */
export interface Interval {
  readonly least: number;
  readonly greatest: number;
}

/** Shifts that the DPU can make, in bits (Vitis AI 3.5 vai_q_onnx refine.py and its TensorFlow 2 limits; DPU column). */
export const shiftLimits = {
  /** Of the sum of products to the result: w + i - o. */
  cut: { least: 0, greatest: 16 },
  /** Of the bias to the sum of products: w + i - b; the least one depends on the cut, see `biasShift`. */
  bias: { greatest: 15 },
  /** Between the operands of an addition: max(i) - min(i). */
  read: { least: 0, greatest: 15 },
  /** Of a sum to the result: min(i) - o. */
  write: { least: -15, greatest: 15 },
  /** Of a product to the result: i0 + i1 - o. */
  product: { least: 0, greatest: 32 },
  /** The same where one operand is the hard sigmoid of the other. */
  hardSwish: { least: 0, greatest: 15 },
  hardSigmoidInput: { least: 0, greatest: 15 },
  hardSigmoidOutput: { least: hardSwishInnerPosition, greatest: Infinity },
  /** 14 + i - o of a hard sigmoid. */
  hardSigmoid: { least: 0, greatest: 31 },
} as const satisfies Record<string, Partial<Interval>>;

/**
 * Shifts of the bias that go with a cut: the sum has 24 bits, of which 8 + cut lie in and below the result. A leaky ReLU behind it allows
 * no shift to the right.
 */
export function biasShift(cut: number, leaky: boolean): Interval {
  return { least: leaky ? 0 : Math.min(0, -(24 - (8 + cut))) + 0, greatest: shiftLimits.bias.greatest };
}

/** Fix positions around one node; a number with position p is an integer times 2^-p. */
export type Unit =
  | {
      /** Conv, ConvTranspose, Gemm, MatMul with constant weights. */
      readonly kind: 'multiply';
      readonly input: number;
      readonly weights: number;
      readonly bias?: number;
      /** undefined: the result stays float. */
      readonly output?: number;
      readonly leaky: boolean;
    }
  | { readonly kind: 'add' | 'product' | 'hard-swish'; readonly inputs: readonly number[]; readonly output?: number }
  | { readonly kind: 'hard-sigmoid'; readonly input: number; readonly output?: number }
  /** Copies or averages elements: one position throughout. */
  | { readonly kind: 'aligned'; readonly inputs: readonly number[]; readonly output?: number };

/** One inequality and what it comes to. */
export interface Shift extends Interval {
  readonly constraint: 'shift_cut' | 'shift_bias' | 'shift_read' | 'shift_write' | 'hard_sigmoid' | 'alignment';
  readonly value: number;
}

/** Every shift that a node needs, allowed or not. */
export function shiftsOf(unit: Unit): Shift[] {
  switch (unit.kind) {
    case 'multiply':
      return multiplyShifts(unit);
    case 'add': {
      const [least, greatest] = [Math.min(...unit.inputs), Math.max(...unit.inputs)];
      const read: Shift = { constraint: 'shift_read', value: greatest - least, ...shiftLimits.read };
      return unit.output === undefined ? [read] : [read, { constraint: 'shift_write', value: least - unit.output, ...shiftLimits.write }];
    }
    case 'product':
    case 'hard-swish': {
      if (unit.output === undefined) return [];
      const sum = unit.inputs.reduce((a, b) => a + b, 0);
      return [
        { constraint: 'shift_write', value: sum - unit.output, ...(unit.kind === 'product' ? shiftLimits.product : shiftLimits.hardSwish) },
      ];
    }
    case 'hard-sigmoid': {
      const read: Shift = { constraint: 'hard_sigmoid', value: unit.input, ...shiftLimits.hardSigmoidInput };
      if (unit.output === undefined) return [read];
      return [
        read,
        { constraint: 'hard_sigmoid', value: unit.output, ...shiftLimits.hardSigmoidOutput },
        { constraint: 'hard_sigmoid', value: 14 + unit.input - unit.output, ...shiftLimits.hardSigmoid },
      ];
    }
    case 'aligned': {
      const all = unit.output === undefined ? unit.inputs : [...unit.inputs, unit.output];
      return [{ constraint: 'alignment', value: Math.max(...all) - Math.min(...all), least: 0, greatest: 0 }];
    }
  }
}

function multiplyShifts({ input, weights, bias, output, leaky }: Unit & { kind: 'multiply' }): Shift[] {
  const shifts: Shift[] = [];
  const cut = output === undefined ? undefined : weights + input - output;
  if (cut !== undefined) shifts.push({ constraint: 'shift_cut', value: cut, ...shiftLimits.cut });
  if (bias !== undefined) {
    shifts.push({ constraint: 'shift_bias', value: weights + input - bias, ...biasShift(cut ?? shiftLimits.cut.greatest, leaky) });
  }
  return shifts;
}

export const isWithin = ({ value, least, greatest }: Shift): boolean => value >= least && value <= greatest;
