import type { Dim } from '../../../onnx/graph.ts';
import type { Layer } from '../../verdict/types.ts';
import { isSwish } from './patterns.ts';
import { fixes, plain, scalarOperand, sources, times, type DpuFamily, type DpuFusion, type DpuRule } from './shared.ts';

/** Sizes of both operands; undefined where the rank of one is not known. */
function operandsOf({ node, flow }: Layer): readonly [readonly Dim[], readonly Dim[]] | undefined {
  const [first, second] = node.inputs.map((input) => flow.dims(input));
  return first && second && [first, second];
}

/** Sizes that are not known do not differ. */
const sameShape = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((dim, axis) => dim === b[axis] || typeof dim !== 'number' || typeof b[axis] !== 'number');

/** One number, or one a channel of a feature map. */
function isPerChannel(dims: readonly Dim[]): boolean {
  if (dims.every((dim) => dim === 1)) return true;
  const spatial = dims.length === 4 ? dims.slice(2) : dims.length === 3 ? dims.slice(1) : undefined;
  return spatial?.every((dim) => dim === 1) === true && (dims.length !== 4 || dims[0] === 1 || typeof dims[0] !== 'number');
}

const storedOperand = ({ node, flow }: Layer): number => node.inputs.findIndex((input) => flow.isSettled(input));

const adds: readonly DpuRule[] = [
  {
    name: 'dpu.add-constant',
    about: 'Add',
    limit: 'two feature maps; a stored operand is none, unless it is the bias of the product before it',
    outcome: 'no',
    source: sources.filter,
    check(layer) {
      const index = storedOperand(layer);
      if (index < 0) return undefined;
      const scalar = scalarOperand(layer, layer.node);
      const what = scalar
        ? `the number ${plain(scalar.value)}`
        : `a stored tensor of ${times(layer.flow.dims(layer.node.inputs[index]!) ?? [])}`;
      return {
        reason: `it adds ${what}, and the DPU adds feature maps only`,
        fixes: fixes('fold-constants', 'arithmetic-as-convolution', 'cut-end', 'cut-start'),
      };
    },
  },
  {
    name: 'dpu.add-shape',
    about: 'Add',
    limit: 'operands of one shape',
    outcome: 'no',
    source: sources.filter,
    check(layer) {
      const operands = operandsOf(layer);
      if (!operands || sameShape(...operands)) return undefined;
      return {
        reason: `the DPU adds operands of one shape only, not ${times(operands[0])} and ${times(operands[1])}`,
        fixes: fixes('repeat-operand'),
      };
    },
  },
];

const multiplies: readonly DpuRule[] = [
  {
    name: 'dpu.swish',
    about: 'Sigmoid, Mul',
    limit: 'x · HardSigmoid(x); Swish (SiLU) stays in float',
    outcome: 'no',
    source: 'vai_q_pytorch 3.5, Quant_Config.md: convert_silu_to_hswish',
    check: ({ node, flow }) =>
      isSwish(flow, node)
        ? {
            reason: 'it is the product of a Swish, x · Sigmoid(x), which stays in float: one CPU sub-graph at each',
            fixes: fixes('swish-to-hard-swish'),
          }
        : undefined,
  },
  {
    name: 'dpu.mul-shape',
    about: 'Mul',
    limit: 'operands of one shape, one factor a channel, or one number',
    outcome: 'no',
    source: `${sources.filter}; ${sources.reports}`,
    check(layer) {
      const operands = operandsOf(layer);
      if (!operands || sameShape(...operands) || operands.some(isPerChannel)) return undefined;
      return {
        reason: `the DPU multiplies operands of one shape, or one factor a channel, not ${times(operands[0])} and ${times(operands[1])}`,
      };
    },
  },
];

const biased = new Set(['MatMul', 'Gemm']);

/** The stored vector that a product without a bias of its own gets behind it. */
const bias: DpuFusion = {
  name: 'dpu.bias',
  about: 'Add behind MatMul',
  limit: 'one stored number for each output of the product: its bias',
  outcome: 'yes',
  source: sources.pytorch,
  find(layer) {
    const { node, flow } = layer;
    const index = node.inputs.findIndex((input) => flow.storedDims(input));
    const maker = index < 0 ? undefined : flow.maker(node.inputs[1 - index] ?? '');
    if (!maker || !biased.has(maker.op) || maker.inputs.length > 2 || flow.onlyReader(maker) !== node) return undefined;
    const dims = flow.storedDims(node.inputs[index]!)!;
    const isVector = dims.at(-1) === flow.output(maker)?.at(-1) && dims.slice(0, -1).every((dim) => dim === 1);
    return isVector ? { inside: maker, reason: `the bias of the ${maker.op} before it` } : undefined;
  },
};

const engine = 'the engine for sums and products of elements';

/** Add, and Sum of two. */
export const additions: DpuFamily = {
  operators: ['Add', 'Sum'],
  fusions: [bias],
  rules: [
    {
      name: 'dpu.sum-operands',
      about: 'Sum',
      limit: 'two operands',
      outcome: 'no',
      source: sources.hardware,
      check: ({ node }) =>
        node.inputs.length === 2 ? undefined : { reason: `it adds ${node.inputs.length} operands, and the DPU adds two` },
    },
    ...adds,
  ],
  accepts: {
    name: 'dpu.add',
    about: 'Add',
    limit: 'two feature maps of one shape',
    outcome: 'yes',
    source: `${sources.hardware}; ${sources.reports}`,
    reason: ({ node, flow }) => `two feature maps of ${times(flow.output(node) ?? [])}, by ${engine}`,
  },
};

/** Mul. */
export const multiplications: DpuFamily = {
  operators: ['Mul'],
  rules: multiplies,
  accepts: {
    name: 'dpu.mul',
    about: 'Mul',
    limit: 'by the engine for sums and products; by stored factors, as a depthwise convolution of 1×1',
    outcome: 'yes',
    source: `${sources.filter}; ${sources.reports}`,
    reason: (layer) =>
      storedOperand(layer) < 0 ? `a product of two feature maps, by ${engine}` : 'by stored factors, as a depthwise convolution of 1×1',
  },
};

const others: Readonly<Record<string, readonly string[]>> = {
  Sub: fixes('subtract-as-add', 'fold-constants', 'arithmetic-as-convolution', 'cut-end', 'cut-start'),
  Div: fixes('divide-to-multiply', 'fold-constants', 'arithmetic-as-convolution', 'cut-end', 'cut-start'),
};

/** Arithmetic that no engine has. */
export const arithmetic: DpuFamily = {
  operators: ['Sub', 'Div', 'Pow', 'Sqrt', 'Exp', 'Log', 'Neg', 'Abs', 'Reciprocal', 'Max', 'Min', 'Floor', 'Ceil', 'Round', 'Sin', 'Cos', 'Erf', 'Sign', 'Mod'], // prettier-ignore
  rules: [
    {
      name: 'dpu.arithmetic',
      about: 'Sub, Div, Pow, Sqrt, Exp and others',
      limit: 'never: the engine for elements adds and multiplies',
      outcome: 'no',
      source: `${sources.hardware}; ${sources.filter}`,
      check(layer) {
        const { node } = layer;
        const scalar = node.inputs.length === 2 ? scalarOperand(layer, node) : undefined;
        const by = scalar ? `, here ${node.op === 'Sub' ? 'of' : 'by'} the number ${plain(scalar.value)}` : '';
        return {
          reason: `the DPU has no ${node.op}${by}: its engine for elements adds and multiplies`,
          fixes: others[node.op] ?? fixes('arithmetic-in-parts', 'cut-end'),
        };
      },
    },
  ],
};
