import type { NodeCategory } from '../../../protocol/drawable.ts';

/** An operator of XIR in few words: its colour, what it does, what its arguments are called. */
interface XirWords {
  readonly category: NodeCategory;
  readonly about: string;
}

/** By type without the ending `-fix` of compiled ones, which compute the same on integers (Vitis AI 3.5, xir/src/op). */
const operators: Readonly<Record<string, XirWords>> = {
  conv2d: { category: 'compute', about: 'Convolution over rows and columns' },
  'depthwise-conv2d': { category: 'compute', about: 'Convolution of each channel by itself' },
  'transposed-conv2d': { category: 'compute', about: 'Transposed convolution, which makes maps larger' },
  'transposed-depthwise-conv2d': { category: 'compute', about: 'Transposed convolution of each channel by itself' },
  matmul: { category: 'compute', about: 'Matrix product' },
  'inner-product': { category: 'compute', about: 'Matrix product with stored weights' },
  scale: { category: 'normalization', about: 'A factor and a summand for each channel' },
  relu: { category: 'activation', about: 'Negative values become zero' },
  relu6: { category: 'activation', about: 'Values below 0 and above 6 are cut off' },
  'leaky-relu': { category: 'activation', about: 'Negative values become smaller' },
  prelu: { category: 'activation', about: 'Negative values become smaller, by a factor for each channel' },
  'hard-sigmoid': { category: 'activation', about: 'A straight line between 0 and 1' },
  'hard-swish': { category: 'activation', about: 'The value times its hard sigmoid' },
  sigmoid: { category: 'activation', about: 'Squeezes values between 0 and 1' },
  tanh: { category: 'activation', about: 'Squeezes values between −1 and 1' },
  gelu: { category: 'activation', about: 'The value times the normal distribution up to it' },
  softmax: { category: 'activation', about: 'Shares that add up to one' },
  maxpool2d: { category: 'pool', about: 'The largest value of each window' },
  avgpool2d: { category: 'pool', about: 'The mean of each window' },
  pool: { category: 'pool', about: 'The largest value or the mean of each window' },
  reduction_mean: { category: 'pool', about: 'The mean along axes' },
  reduction_max: { category: 'pool', about: 'The largest value along axes' },
  reduction_sum: { category: 'pool', about: 'The sum along axes' },
  argmax: { category: 'pool', about: 'The place of the largest value' },
  add: { category: 'elementwise', about: 'Sum, element by element' },
  sub: { category: 'elementwise', about: 'Difference, element by element' },
  mul: { category: 'elementwise', about: 'Product, element by element' },
  div: { category: 'elementwise', about: 'Quotient, element by element' },
  eltwise: { category: 'elementwise', about: 'Sum or product, element by element' },
  concat: { category: 'shape', about: 'Puts values one behind the other along an axis' },
  reshape: { category: 'shape', about: 'The same elements in another shape' },
  flatten: { category: 'shape', about: 'Several axes become one' },
  squeeze: { category: 'shape', about: 'Axes of size one go' },
  stack: { category: 'shape', about: 'Puts values beside each other along a new axis' },
  transpose: { category: 'shape', about: 'Axes change places' },
  strided_slice: { category: 'shape', about: 'A part of the value' },
  pad: { category: 'shape', about: 'Elements are added around' },
  resize: { category: 'shape', about: 'Another height and width' },
  upsample: { category: 'shape', about: 'A larger height and width' },
  downsample: { category: 'shape', about: 'A smaller height and width' },
  tile: { category: 'shape', about: 'Repeats the value' },
  reorg: { category: 'shape', about: 'Moves pixels into channels' },
  'pixel-shuffle': { category: 'shape', about: 'Moves channels into pixels, or back' },
  fix: { category: 'quantize', about: 'Rounds to integers times a power of two' },
  float2fix: { category: 'quantize', about: 'Floating-point numbers become integers' },
  fix2float: { category: 'quantize', about: 'Integers become floating-point numbers' },
  upload: { category: 'other', about: 'Data goes to the accelerator' },
  download: { category: 'other', about: 'Data comes back from the accelerator' },
};

const baseOf = (type: string): string => type.replace(/-fix$/, '');

export const categoryOfXir = (type: string): NodeCategory =>
  Object.hasOwn(operators, baseOf(type)) ? operators[baseOf(type)]!.category : 'other';

/** One line on what an operator does; undefined for those that the format does not know: plugins of the user. */
export function aboutOperator(type: string): string | undefined {
  const base = baseOf(type);
  if (!Object.hasOwn(operators, base)) return undefined;
  return base === type ? operators[base]!.about : `${operators[base]!.about}, on integers`;
}

/** What attributes mean, of operators and of what they make. One sentence, without its full stop. */
const attributes: Readonly<Record<string, string>> = {
  kernel: 'Size of the window: width, height',
  stride: 'Steps of the window: across, down; of a value in memory: elements between neighbours along each axis',
  dilation: 'Distance between the elements of the kernel: across, down',
  pad: 'Elements added around: left, right, top, bottom',
  pad_mode: 'How sizes come about: rounded down (FLOOR), up (CEIL), kept (SAME), without padding (VALID)',
  group: 'Into how many groups the channels are divided',
  fix_point: 'Bits behind the binary point: a step is two to the power of minus this',
  bit_width: 'Bits of one integer',
  if_signed: 'Whether the integers have a sign',
  round_mode: 'How halves are rounded: DPU_ROUND up, STD_ROUND away from zero, PY3_ROUND to even',
  nonlinear: 'Activation computed in the same step',
  alpha: 'Slope below zero',
  axis: 'Axis along which it works; feature maps are picture, height, width, channel',
  order: 'Which axis of the input stands where',
  mode: 'Which way of padding or resizing',
  scale: 'How much larger: across, down',
  align_corners: 'Whether the corners of both pictures fall together',
  half_pixel_centers: 'Whether pixels are counted from their centres',
  global: 'Whether the window is the whole map',
  count_include_pad: 'Whether padded zeros count in the mean',
  count_include_invalid: 'Whether what a rounded-up size reaches beyond the pads counts',
  paddings: 'Elements before and behind, axis by axis',
  constant_values: 'What is put there',
  begin: 'First element along each axis',
  end: 'End along each axis, not taken itself',
  strides: 'Steps along each axis',
  keep_dims: 'Whether the axes stay, with size one',
  transpose_a: 'Whether the left matrix is transposed first',
  transpose_b: 'Whether the right matrix is transposed first',
  shape: 'Size of the result',
  data_type: 'Type of its elements',
  bias_term: 'Whether there is a bias',
  in_dim: 'Channels that come in',
  out_dim: 'Channels that go out',
  device: 'Where it runs: USER is the application, DPU the accelerator, CPU the processor beside it',
  workload: 'Operations: two for each multiply-add',
  workload_on_arch: 'Operations that the array does for it, padding included',
  shift_hsigmoid: 'Shift of the hard sigmoid; −128: there is none',
  hsigmoid_in: 'Position of what goes into the hard sigmoid; −128: there is none',
  shift_hswish: 'Shift of the hard swish; −128: there is none',
  channel_augmentation: 'How many neighbouring pixels are read as channels, where there are few channels',
  reg_id: 'Register of the memory area that it lies in',
  ddr_addr: 'Offset in that area',
  location: 'Where the value lies: 0 on the chip, 1 in memory',
  type: 'Which kind: MAX or AVG of pools, ADD or MUL element by element',
};

export const attributeMeaningXir = (name: string): string | undefined => (Object.hasOwn(attributes, name) ? attributes[name] : undefined);

const roles: Readonly<Record<string, string>> = {
  input: 'data',
  weights: 'weights',
  bias: 'bias',
  shape: 'shape',
  size: 'size',
  scale: 'factors',
  weight: 'slopes',
};

export const roleOf = (argument: string): string => (Object.hasOwn(roles, argument) ? roles[argument]! : argument);
