/**
 * Fixes that rules of the DPU name. What each is called, whether it changes the function, and how it is applied stands in the list of
 * `rewrites`; a test holds both to each other.
 */
export const dpuFixIds = [
  /** LeakyRelu of another slope → 26/256. */
  'leaky-relu-slope',
  /** LeakyRelu or PRelu where no engine has one → Relu. */
  'leaky-relu-to-relu',
  /** Sigmoid → HardSigmoid of slope 1/6. */
  'sigmoid-to-hard-sigmoid',
  /** x · Sigmoid(x) → HardSwish. */
  'swish-to-hard-swish',
  /** Add 3, Clip 0 … 6, Mul, Div 6 in any order → HardSwish or HardSigmoid. */
  'hard-swish-pattern',
  /** HardSigmoid of another slope or offset → 1/6, 1/2. */
  'hard-sigmoid-parameters',
  /** Clip to nearly 0 … 6 → ReLU6; Clip to 0 … → Relu. */
  'clip-to-relu6',
  /** BatchNormalization that does not fold into the layer before it: into the one behind it, or as a 1×1 depthwise convolution. */
  'batch-norm-order',
  /** Scalar or channel-wise Add, Sub, Mul, Div by constants → into the weights beside it. */
  'fold-constants',
  /** Div by a constant → Mul by its reciprocal. */
  'divide-to-multiply',
  /** A convolution whose kernel takes too many words of weights → the sum of several over parts of its input channels. */
  'split-channels',
  /** ReduceMean over height and width, AveragePool of the whole map → GlobalAveragePool. */
  'mean-to-global-pool',
  /** Everything from here to the outputs runs outside: the model ends here. */
  'cut-end',
  /** Everything from the inputs to here runs outside: the model begins here. */
  'cut-start',
  /** A batch of another size → 1. */
  'batch-of-one',
  /** A large pool → several small ones. */
  'split-pool',
  /** Resize with align_corners or half pixels, nearest → asymmetric, floor. */
  'resize-nearest',
] as const;

export type DpuFixId = (typeof dpuFixIds)[number];
