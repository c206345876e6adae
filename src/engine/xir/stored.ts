import type { XirGraph, XirOp } from './graph.ts';
import { operands } from './check.ts';

/** What an operator reads from the file instead of from another operator. */
export interface StoredOperand {
  /** The constant itself. */
  readonly constant: XirOp;
  /** Position that it is rounded at, where it is. */
  readonly position?: number;
  /** Bits that it is rounded to. */
  readonly bits?: number;
}

/** Operators that are no layers: constants, and what is computed from constants alone (`fix` of weights, `stack` of sizes). */
export function storedOps(graph: XirGraph): Map<string, StoredOperand> {
  const stored = new Map<string, StoredOperand>();
  for (const op of graph.ops) {
    if (op.type === 'const' || op.type === 'const-fix') {
      stored.set(op.name, { constant: op, ...(op.type === 'const-fix' ? fixOf(op) : {}) });
      continue;
    }
    const from = operands(op);
    if (from.length === 0 || !from.every((name) => stored.has(name))) continue;
    stored.set(op.name, { ...stored.get(from[0]!)!, ...(op.type === 'fix' ? fixOf(op) : {}) });
  }
  return stored;
}

/** Position and bits of what an op makes: of `fix` its attributes, of compiled ops those of their tensor. */
export function fixOf({ type, attributes, tensor }: XirOp): { position?: number; bits?: number } {
  const from = type === 'fix' ? attributes : tensor.attributes;
  const [position, bits] = [from.get('fix_point'), from.get('bit_width')];
  return {
    ...(position?.kind === 'int32' ? { position: position.value } : {}),
    ...(bits?.kind === 'int32' ? { bits: bits.value } : {}),
  };
}

/** "int8, fix 5": what a value is and where its binary point stands; "float32" for what is not rounded. */
export function valueType(op: XirOp): string {
  const { dataType, bits } = op.tensor;
  const fix = fixOf(op);
  const unsigned = (op.type === 'fix' ? op.attributes : op.tensor.attributes).get('if_signed')?.value === false;
  if (fix.position !== undefined) return `${unsigned ? 'uint' : 'int'}${fix.bits ?? bits}, fix ${fix.position}`;
  const word = { INT: 'int', UINT: 'uint', XINT: 'int', XUINT: 'uint', FLOAT: 'float', BFLOAT: 'bfloat', UNKNOWN: 'unknown' }[dataType];
  return word === 'unknown' ? word : `${word}${bits}`;
}

/** Multiply-adds for one run by the shapes; 0 for operators that do none, null where sizes make no sense. */
export function macsOf(op: XirOp, find: (name: string) => XirOp | undefined): number | null {
  const size = product(op.tensor.shape);
  const weights = find(op.inputs.get('weights')?.[0] ?? '')?.tensor.shape;
  const kernel = pair(op, 'kernel');
  const base = op.type.replace(/-fix$/, '');
  if (base === 'conv2d' || base === 'transposed-conv2d') {
    // [out, height, width, in / group]
    if (weights?.length !== 4) return kernel ? null : 0;
    if (base === 'conv2d') return safe(size * product(weights.slice(1)));
    const input = find(op.inputs.get('input')?.[0] ?? '')?.tensor.shape;
    return input ? safe(product(input) * weights[0]! * weights[1]! * weights[2]!) : null;
  }
  if (base === 'depthwise-conv2d') return kernel ? safe(size * kernel[0]! * kernel[1]!) : null;
  if (base === 'transposed-depthwise-conv2d') {
    const input = find(op.inputs.get('input')?.[0] ?? '')?.tensor.shape;
    return kernel && input ? safe(product(input) * kernel[0]! * kernel[1]!) : null;
  }
  if (base === 'matmul' || base === 'inner-product') {
    const inner = find(op.inputs.get('input')?.[0] ?? '')?.tensor.shape.at(-1);
    return inner === undefined ? null : safe(size * inner);
  }
  return 0;
}

export const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

const safe = (value: number): number | null => (Number.isSafeInteger(value) && value >= 0 ? value : null);

function pair(op: XirOp, name: string): readonly number[] | undefined {
  const found = op.attributes.get(name);
  return found?.kind === 'int32_vec' && found.value.length === 2 ? found.value : undefined;
}
