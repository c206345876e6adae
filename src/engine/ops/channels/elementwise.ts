import type { Channels, ChannelRule } from './rule.ts';
import { broadcastOperands, unite } from './unify.ts';

const inputsOf = ({ node }: Channels): number[] => node.inputs.flatMap((name, index) => (name === '' ? [] : [index]));

/** Functions of the elements at one place, with broadcasting: what is added, multiplied or compared belongs together. */
export const elementwise = (inputs: (channels: Channels) => readonly number[] = inputsOf): ChannelRule => ({
  follow(channels) {
    const result = channels.outputShape();
    if (!result) return [];
    const before = legacyAxis(channels);
    if (before !== undefined) return [legacy(channels, before)];
    const blocks = unite(channels, broadcastOperands(channels, inputs(channels), result));
    return channels.node.outputs.map(() => blocks);
  },
});

/** Only the first input is a tensor of channels: activations whose other operands are bounds, casts, dropout. */
export const unary = elementwise(() => [0]);

/** Before opset 7 the second operand was laid along `axis` of the first (attributes `broadcast` and `axis`). */
function legacyAxis({ node, opset, shape }: Channels): number | undefined {
  if (opset >= 7 || node.int('broadcast', 0) === 0) return undefined;
  const [left, right] = [shape(0), shape(1)];
  if (!left || !right) return undefined;
  const axis = node.int('axis', left.length - right.length);
  return axis < 0 ? axis + left.length : axis;
}

function legacy(channels: Channels, lead: number): ReturnType<typeof unite> {
  const result = channels.shape(0)!;
  const second = channels.shape(1)!;
  const padded: readonly (number | string | null)[] = [
    ...second,
    ...Array<number>(Math.max(0, result.length - lead - second.length)).fill(1),
  ];
  const turned: Channels = { ...channels, shape: (input) => (input === 1 ? padded : channels.shape(input)) };
  return unite(channels, broadcastOperands(turned, [0, 1], result));
}

/** Operators whose result has the form of their broadcast operands. */
export const elementwiseChannels: Readonly<Record<string, ChannelRule>> = {
  ...Object.fromEntries(
    [
      'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Mod', 'Max', 'Min', 'Sum', 'Mean', 'Where', 'PRelu', 'And', 'Or', 'Xor', 'Equal', 'Greater', 'Less', 'GreaterOrEqual',
      'LessOrEqual', 'BitShift', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor', 'BiasGelu', 'FastGelu',
    ].map((op) => [op, elementwise()]),
  ),
  ...Object.fromEntries(
    [
      'Relu', 'LeakyRelu', 'Sigmoid', 'Tanh', 'HardSigmoid', 'HardSwish', 'Elu', 'Selu', 'Celu', 'Softplus', 'Softsign', 'ThresholdedRelu', 'Shrink', 'Mish', 'Gelu',
      'QuickGelu', 'Swish', 'Clip', 'Identity', 'Cast', 'Dropout', 'Abs', 'Neg', 'Ceil', 'Floor', 'Round', 'Sqrt', 'Sign', 'Reciprocal', 'Exp', 'Log', 'Erf', 'Sin', 'Cos',
      'Tan', 'Asin', 'Acos', 'Atan', 'Sinh', 'Cosh', 'Asinh', 'Acosh', 'Atanh', 'BitwiseNot', 'Not', 'IsNaN', 'IsInf',
    ].map((op) => [op, unary]),
  ),
}; // prettier-ignore
