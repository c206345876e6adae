/** Entries of engine/fit that rules of the DPU name, what fits most often first; a test holds both to each other. */
export const dpuFixIds = [
  'arithmetic-as-convolution', 'arithmetic-in-parts', 'batch-norm-order', 'batch-of-one', 'cancel-transposes', 'clip-near-6', 'clip-to-relu6',
  'cut-end', 'cut-start', 'dense-as-convolution', 'divide-to-multiply', 'even-dilations', 'focus-as-convolution', 'fold-constants',
  'hard-sigmoid-parameters', 'hard-sigmoid-pattern', 'hard-swish-pattern', 'leaky-relu-parts', 'leaky-relu-slope', 'leaky-relu-to-relu',
  'mean-to-global-pool', 'move-transposes', 'output-padding', 'pad-with-zeros', 'pick-channels', 'prelu-as-leaky-relu', 'repeat-operand',
  'resize-nearest', 'sigmoid-to-hard-sigmoid', 'space-depth-as-convolution', 'split-as-convolutions', 'split-channels',
  'split-output-channels', 'split-pool', 'subtract-as-add', 'swish-to-hard-swish', 'ungroup-convolution',
] as const; // prettier-ignore

export type DpuFixId = (typeof dpuFixIds)[number];
