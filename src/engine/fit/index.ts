import { arithmeticAsConvolution } from './fixes/arithmetic-as-convolution.ts';
import { arithmeticInParts } from './fixes/arithmetic-in-parts.ts';
import { batchNormOrder } from './fixes/batch-norm-order.ts';
import { divideToMultiply } from './fixes/divide-to-multiply.ts';
import { batchOfOne } from './fixes/batch-of-one.ts';
import { leakyReluToRelu } from './fixes/leaky-relu-to-relu.ts';
import { normalizationAdvice } from './fixes/normalization-advice.ts';
import { activationAdvice } from './fixes/activation-advice.ts';
import { cancelTransposes } from './fixes/cancel-transposes.ts';
import { clipToRelu6 } from './fixes/clip-to-relu6.ts';
import { clipNear6 } from './fixes/clip-near-6.ts';
import { denseAsConvolution } from './fixes/dense-as-convolution.ts';
import { evenDilations } from './fixes/even-dilations.ts';
import { explicitPads } from './fixes/explicit-pads.ts';
import { focusAsConvolution } from './fixes/focus-as-convolution.ts';
import { foldConstants } from './fixes/fold-constants.ts';
import { foldPadding } from './fixes/fold-padding.ts';
import { geluToHardSwish } from './fixes/gelu-to-hard-swish.ts';
import { tanhToHardSigmoid } from './fixes/tanh-to-hard-sigmoid.ts';
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
import type { Fix, FixFacts } from './fix.ts';

export type { Fix, FixFacts } from './fix.ts';

/** Every fix, in the order in which they are tried and offered: recognise, fold, replace, split. A new one is a file and a line here. */
export const fixes: readonly Fix[] = [
  batchOfOne,
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
  geluToHardSwish,
  tanhToHardSigmoid,
  hardSigmoidParameters,
  preluAsLeakyRelu,
  leakyReluSlope,
  leakyReluParts,
  leakyReluToRelu,
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
  normalizationAdvice,
  activationAdvice,
];

/** What takes a part of the model out of it, into a file of its own (`cut.ts`): only where it is asked for by its id. */
export const cuts: readonly FixFacts[] = [
  {
    id: 'cut-start',
    title: 'Cut off what comes before the accelerator',
    effect: 'exact',
    named: true,
    finds: 'Nodes on the CPU between the inputs and the first layer of the accelerator: scaling, transposing, slicing pictures.',
    does: 'NAME.pre.onnx computes them, and the model begins behind them; one after the other they compute the same.',
    source: 'A node on the CPU in front of the DPU is a sub-graph with two conversions (Xilinx/Vitis-AI #593, #336).',
  },
  {
    id: 'cut-end',
    title: 'Cut off what comes behind the accelerator',
    effect: 'exact',
    named: true,
    finds:
      'Nodes on the CPU between the last layer of the accelerator and the outputs: Softmax, Sigmoid, heads of five axes, decoding, NMS.',
    does: 'NAME.post.onnx computes them, and the model ends before them; one after the other they compute the same.',
    source:
      '"The input of reshape is not on DPU." at 4-D to 5-D heads (Vitis-AI Inspector reports of YOLO); order of UG1414, "Deploying the model".',
  },
];

/** Everything that `--fix` may name. */
export const allFixes: readonly FixFacts[] = [...fixes, ...cuts];

export const findFix = (id: string): Fix | undefined => fixes.find((fix) => fix.id === id);

/** What a request names: ids, `exact` (all that change nothing) and `all` (all that rewrite), without those that want to be named. */
export function chosenFixes(ids: readonly string[], without: readonly string[] = []): { fixes: Fix[]; cuts: string[]; unknown: string[] } {
  const isChosen = ({ id, effect, named }: FixFacts): boolean =>
    !without.includes(id) &&
    (ids.includes(id) || (!named && effect !== 'advice' && (ids.includes('all') || (effect === 'exact' && ids.includes('exact')))));
  const known = new Set([...allFixes.map(({ id }) => id), 'exact', 'all']);
  return {
    fixes: fixes.filter(isChosen),
    cuts: cuts.filter(isChosen).map(({ id }) => id),
    unknown: [...ids, ...without].filter((id) => !known.has(id)),
  };
}
