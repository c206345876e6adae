import type { Node } from '../../onnx/graph.ts';
import type { SecondMoment } from '../../statistics/second-moment.ts';
import { biasFormat, leastScalesForBias, quantizeBias } from '../bias.ts';
import { layerConstants, layerPairs, type LayerConstants } from '../layer-weights.ts';
import type { IntegerNode } from '../placement.ts';
import type { StaticPlan } from '../plan.ts';
import { anyPosition, isPositionOf } from '../power-of-two/position.ts';
import { rowsOf } from '../rows.ts';
import { pairLimit } from '../saturation.ts';
import type { QuantizeSettings } from '../step.ts';
import { grid } from '../scheme.ts';
import { weightFormat } from '../weight-format/index.ts';
import type { QuantizedWeights } from '../weights.ts';
import type { RoundedLayer } from './rounding.ts';
import { solveLayer, type LayerProblem } from './solve-layer.ts';

/** Scales tried beside the one of plain rounding, as factors of it. */
const floatFactors = Array.from({ length: 40 }, (_, i) => 1.04 ** (i - 26));
const powerFactors = [0.25, 0.5, 2];

/** Where steps are this coarse, the scale decides what rounding can reach: a few are tried. */
const coarseBits = 4;
const neighbours = [0.93, 1.07];

type Tried = Pick<LayerProblem, 'factors' | 'neighbours'>;

/** `fixed`: codes at the limit of saturation leave no room for another scale. `mayShift`: whether the target takes this multiple of it. */
function triedScales({ scales, weights }: QuantizeSettings, fixed: boolean, mayShift: (factor: number) => boolean): Tried {
  if (fixed) return { factors: [], neighbours: [] };
  if (scales === 'power-of-two') return { factors: powerFactors.filter(mayShift), neighbours: 'all' };
  return { factors: floatFactors, neighbours: typeof weights === 'number' && weights > coarseBits ? [] : neighbours };
}

/** Rounds a layer's constants on the second moment of its input; `nearest` is what it has to beat. Throws Cancelled. */
export async function roundOnMoment(
  plan: StaticPlan,
  integer: IntegerNode,
  nearest: RoundedLayer,
  moment: SecondMoment,
): Promise<RoundedLayer> {
  const { node, compute } = integer;
  const { role, settings } = compute!;
  const constants = layerConstants(node, compute!, plan.model.graph);
  const { weights: before } = nearest;
  const rows = rowsOf(constants.dims, constants.channelAxis);
  const scheme = plan.schemes.get(node.inputs[role.activation]!)!;
  const centred = role.bias !== undefined;
  const { gridBits, step } = weightFormat(before.bits);
  const on = grid(before.type, gridBits, settings['symmetric-weights']);
  const partners = partnersOf(plan, node, constants, before, on.highest - on.middle);
  const least = constants.bias && leastScalesForBias(constants.bias, scheme.scale, plan.request.target);
  const positions = plan.weightPositions.get(node) ?? anyPosition;
  const mayShift = (factor: number): boolean => before.scales.every((scale) => isPositionOf(factor * scale, positions));
  const problem: LayerProblem = {
    moment,
    weights: inRows(constants.weights, rows),
    centred,
    grids: Array.from(before.zeroPoints, (zero) => ({ lowest: on.lowest - zero, highest: on.highest - zero, step })),
    partners,
    pairLimit,
    before: { codes: codesInRows(before, rows), scales: before.scales },
    ...triedScales(settings, partners !== undefined, mayShift),
    leastScales: least && (before.scales.length === 1 ? [least.reduce((a, b) => Math.max(a, b), 0)] : least),
  };
  const solved = await solveLayer(problem, plan.dependencies.context);
  const weights = withCodes(before, solved.codes, solved.scales, rows, constants.weights);
  const bias = centred ? quantizeBias(solved.bias, biasFormat(plan, integer), weights.scales) : nearest.bias;
  return { ...nearest, weights, bias, loss: solved.loss };
}

type Rows = ReturnType<typeof rowsOf>;

function inRows(values: ArrayLike<number>, rows: Rows): Float64Array {
  const found = new Float64Array(values.length);
  for (let row = 0, at = 0; row < rows.channels; row++) for (let i = 0; i < rows.length; i++) found[at++] = values[rows.offset(row, i)]!;
  return found;
}

function codesInRows({ data, zeroPoints }: QuantizedWeights, rows: Rows): Int16Array {
  const found = new Int16Array(data.length);
  for (let row = 0, at = 0; row < rows.channels; row++) {
    const zero = zeroPoints[zeroPoints.length === 1 ? 0 : row]!;
    for (let i = 0; i < rows.length; i++) found[at++] = data[rows.offset(row, i)]! - zero;
  }
  return found;
}

/** The same weights with other codes and scales, and with the squared error that these have. */
function withCodes(before: QuantizedWeights, codes: Int16Array, scales: Float32Array, rows: Rows, real: Float64Array): QuantizedWeights {
  const data = before.data.slice();
  let noise = 0;
  for (let row = 0, at = 0; row < rows.channels; row++) {
    const [scale, zero] = [scales[scales.length === 1 ? 0 : row]!, before.zeroPoints[scales.length === 1 ? 0 : row]!];
    for (let i = 0; i < rows.length; i++, at++) {
      const place = rows.offset(row, i);
      data[place] = codes[at]! + zero;
      noise += (scale * codes[at]! - real[place]!) ** 2;
    }
  }
  return { ...before, data, scales, noise };
}

/** For each input of a row: the one whose product is added to its own in 16 bits, where codes of this size could saturate. */
export function partnersOf(
  { request }: StaticPlan,
  node: Node,
  constants: LayerConstants,
  before: QuantizedWeights,
  steps: number,
): Int32Array | undefined {
  const signed = before.data instanceof Int8Array;
  if (!signed || 2 * steps <= pairLimit || request.target.saturation !== 'pairs-int16') return undefined;
  const pairs = layerPairs(node, constants, constants.channelAxis);
  if (!pairs) return undefined;
  const partners = new Int32Array(constants.weights.length / constants.channels).fill(-1);
  for (let i = 0; i < pairs.length; i += 2) {
    partners[pairs[i]!] = pairs[i + 1]!;
    partners[pairs[i + 1]!] = pairs[i]!;
  }
  return partners;
}
