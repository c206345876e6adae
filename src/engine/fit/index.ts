import { arithmeticAsConvolution } from './fixes/arithmetic-as-convolution.ts';
import { arithmeticInParts } from './fixes/arithmetic-in-parts.ts';
import { batchNormOrder } from './fixes/batch-norm-order.ts';
import { divideToMultiply } from './fixes/divide-to-multiply.ts';
import { cancelTransposes } from './fixes/cancel-transposes.ts';
import { clipToRelu6 } from './fixes/clip-to-relu6.ts';
import { clipNear6 } from './fixes/clip-near-6.ts';
import { denseAsConvolution } from './fixes/dense-as-convolution.ts';
import { evenDilations } from './fixes/even-dilations.ts';
import { explicitPads } from './fixes/explicit-pads.ts';
import { focusAsConvolution } from './fixes/focus-as-convolution.ts';
import { foldConstants } from './fixes/fold-constants.ts';
import { foldPadding } from './fixes/fold-padding.ts';
import { hardSigmoidParameters } from './fixes/hard-sigmoid-parameters.ts';
import { leakyReluParts } from './fixes/leaky-relu-parts.ts';
import { leakyReluSlope } from './fixes/leaky-relu-slope.ts';
import { meanToGlobalPool } from './fixes/mean-to-global-pool.ts';
import { moveTransposes } from './fixes/move-transposes.ts';
import { outputPadding } from './fixes/output-padding.ts';
import { padWithZeros } from './fixes/pad-with-zeros.ts';
import { pickChannels } from './fixes/pick-channels.ts';
import { preluAsLeakyRelu } from './fixes/prelu-as-leaky-relu.ts';
import { productAsConvolution } from './fixes/product-as-convolution.ts';
import { rectifier } from './fixes/rectifier.ts';
import { repeatOperand } from './fixes/repeat-operand.ts';
import { resizeNearest } from './fixes/resize-nearest.ts';
import { resizeOnePixel } from './fixes/resize-one-pixel.ts';
import { samplingAsPool } from './fixes/sampling-as-pool.ts';
import { sigmoidToHardSigmoid } from './fixes/sigmoid-to-hard-sigmoid.ts';
import { swishToHardSwish } from './fixes/swish-to-hard-swish.ts';
import { spaceDepthAsConvolution } from './fixes/space-depth-as-convolution.ts';
import { splitAsConvolutions } from './fixes/split-as-convolutions.ts';
import { splitConvolution } from './fixes/split-convolution.ts';
import { splitChannels } from './fixes/split-channels.ts';
import { splitPool } from './fixes/split-pool.ts';
import { splitOutputChannels } from './fixes/split-output-channels.ts';
import { subtractAsAdd } from './fixes/subtract-as-add.ts';
import { ungroupConvolution } from './fixes/ungroup-convolution.ts';
import { wholePool } from './fixes/whole-pool.ts';
import { writtenClip } from './fixes/written-clip.ts';
import { hardSigmoidPattern } from './fixes/hard-sigmoid-pattern.ts';
import { hardSwishPattern } from './fixes/hard-swish-pattern.ts';
import type { Fix } from './fix.ts';

export type { Fix } from './fix.ts';

/** Every fix, in the order in which they are tried and offered: recognise, fold, replace, split. A new one is a file and a line here. */
export const fixes: readonly Fix[] = [
  explicitPads,
  foldPadding,
  padWithZeros,
  cancelTransposes,
  productAsConvolution,
  moveTransposes,
  rectifier,
  writtenClip,
  hardSigmoidPattern,
  hardSwishPattern,
  batchNormOrder,
  foldConstants,
  swishToHardSwish,
  sigmoidToHardSigmoid,
  hardSigmoidParameters,
  preluAsLeakyRelu,
  leakyReluSlope,
  leakyReluParts,
  clipNear6,
  clipToRelu6,
  meanToGlobalPool,
  wholePool,
  splitPool,
  divideToMultiply,
  subtractAsAdd,
  arithmeticInParts,
  repeatOperand,
  arithmeticAsConvolution,
  focusAsConvolution,
  spaceDepthAsConvolution,
  samplingAsPool,
  splitConvolution,
  splitAsConvolutions,
  pickChannels,
  resizeOnePixel,
  resizeNearest,
  outputPadding,
  evenDilations,
  ungroupConvolution,
  denseAsConvolution,
  splitOutputChannels,
  splitChannels,
];

export const findFix = (id: string): Fix | undefined => fixes.find((fix) => fix.id === id);
