/** Entries of engine/fit that rules of the DPU name, what fits most often first; a test holds both to each other. */
export const dpuFixIds = [
  'arithmetic-as-convolution', 'arithmetic-in-parts', 'cancel-transposes', 'clip-as-relu6', 'clip-near-6', 'dense-as-convolution',
  'even-dilations', 'focus-as-convolution', 'fold-arithmetic', 'hard-sigmoid-constants', 'leaky-relu-parts', 'leaky-relu-slope',
  'mean-as-pool', 'move-transposes', 'output-padding', 'pad-with-zeros', 'pick-channels', 'prelu-as-leaky-relu', 'product-as-convolution',
  'repeat-operand', 'resize-corners', 'sigmoid-as-hard-sigmoid', 'silu-as-hard-swish', 'space-depth-as-convolution',
  'split-as-convolutions', 'split-input-channels', 'split-large-pool', 'split-output-channels', 'subtract-as-add', 'ungroup-convolution',
  'written-hard-sigmoid', 'written-hard-swish',
] as const; // prettier-ignore

/** What is done by hand, and not by a rewriting: verb first. */
export const dpuAdvice = {
  'cut-end': 'End the model before it and compute the rest outside',
  'cut-start': 'Begin the model behind it and compute what is before outside',
  'batch-of-one': 'Export the model for one picture',
} as const;

export type DpuFixId = (typeof dpuFixIds)[number] | keyof typeof dpuAdvice;
