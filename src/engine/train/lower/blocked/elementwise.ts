import type { BlockedRule, BlockedSite } from './site.ts';

/**
 * Operators on single elements work in either form, as long as all their tensors are pictures of one shape, lone numbers, or one number a channel (and
 * picture). Channels beyond the model's may become other finite numbers than zero (Exp): all weights and gradients that meet them are zero.
 */
export const elementwise: BlockedRule = (site) => {
  const { node, forms } = site;
  const output = node.outputs[0]!;
  const shape = forms.shapeOf(output);
  if (shape.length !== 4 || node.outputs.length !== 1) return false;
  const given = node.inputs.filter((input) => input !== '');
  if (!given.some((input) => forms.isBlocked(input))) return false;
  if (needsWhole.has(node.op) && shape[1] !== site.padded(shape[1]!)) return false;
  const kinds = node.inputs.map((input) => kindOf(site, input, shape));
  if (kinds.includes(undefined)) return false;
  const spread = kinds.includes('channel');
  const [n, , height, width] = shape as [number, number, number, number];
  const channels = site.padded(shape[1]!);
  const view = [n, channels / site.block, height * width, site.block];
  const inputs = node.inputs.map((input, index) => {
    if (kinds[index] === 'plain') return input;
    const blocked = forms.blockedOf(input, node);
    if (kinds[index] === 'channel') return site.reshape(blocked, [forms.shapeOf(input)[0]!, channels / site.block, 1, site.block]);
    return spread ? site.reshape(blocked, view) : blocked;
  });
  if (node.op === 'Relu') forms.markNonNegative(output);
  const made = site.emit(node.op, inputs, Object.fromEntries(node.attributes));
  return site.done(spread ? site.reshape(made, forms.blockedShape(output)) : made);
};

/** What makes an infinity or NaN of the zeros behind the last channel: zero times that is no zero any more. */
const needsWhole = new Set(['Div', 'Reciprocal', 'Log', 'Pow']);

/** Operators that `elementwise` is for. */
export const elementwiseOps = [
  'Add', 'Sub', 'Mul', 'Sum', 'Mean', 'Min', 'Max', 'Neg', 'Abs', 'Sign', 'Sqrt', 'Exp', 'Erf', 'Sin', 'Cos', 'Relu', 'LeakyRelu', 'Elu', 'Celu', 'Selu',
  'Clip', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Tanh', 'Softplus', 'Gelu', 'Swish', 'Mish', ...needsWhole,
] as const; // prettier-ignore

function kindOf(site: BlockedSite, input: string, shape: readonly number[]): 'picture' | 'channel' | 'plain' | undefined {
  if (input === '') return 'plain';
  const dims = site.forms.shapeOf(input);
  if (dims.reduce((product, dim) => product * dim, 1) === 1) return 'plain';
  if (dims.length !== 4) return undefined;
  if (dims.every((dim, axis) => dim === shape[axis])) return 'picture';
  const [n, channels, height, width] = dims;
  return channels === shape[1] && height === 1 && width === 1 && (n === 1 || n === shape[0]) ? 'channel' : undefined;
}
