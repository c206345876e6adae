import { DataType } from '../../../onnx/data-type.ts';
import type { Node } from '../../../onnx/graph.ts';
import { biasFormat, quantizeBias, storedBias, type BiasFormat, type QuantizedBias } from '../../bias.ts';
import { layerConstants } from '../../layer-weights.ts';
import type { IntegerNode } from '../../placement.ts';
import type { StaticPlan } from '../../plan.ts';
import { rowsOf } from '../../rows.ts';
import { pairLimit } from '../../saturation.ts';
import { grid, rangeOf } from '../../scheme.ts';
import { weightFormat } from '../../weight-format/index.ts';
import { partnersOf } from '../round-layer.ts';
import type { RoundedLayer } from '../rounding.ts';
import { BlockCodes, type CodeLimits } from './block-codes.ts';

/** A layer of a block: where it stands, and what its weights may become. */
export interface TunedLayer {
  readonly node: Node;
  readonly start: RoundedLayer;
  readonly codes: BlockCodes;
  readonly dims: readonly number[];
  /** Places of weights and bias among the node's inputs. */
  readonly role: { readonly weight: number; readonly bias?: number | undefined };
  /** Span of what its result can be: the natural unit of its bias. */
  readonly reach: number;
  readonly format: BiasFormat;
}

/** Weights of more elements than this are left as they are: what is learned of each takes 30 bytes. */
const mostWeights = 2 ** 24;

/** Why a layer's rounding is not learned with its block; undefined: it is. */
export function tuningObstacle(
  { model }: StaticPlan,
  { node, compute }: IntegerNode,
  rounded: RoundedLayer | undefined,
): string | undefined {
  const { role, settings } = compute!;
  if (!rounded) return 'its weights are no constants';
  if (settings.weights === 16) return '16 bits leave nothing to gain';
  if (rounded.weights.data.length > mostWeights) return `it has more than ${mostWeights} weights`;
  if (model.graph.users(node.inputs[role.weight]!).length > 1) return 'its weights are used more than once';
  return undefined;
}

export function tunedLayer(plan: StaticPlan, integer: IntegerNode, start: RoundedLayer): TunedLayer {
  const { node, compute } = integer;
  const constants = layerConstants(node, compute!, plan.model.graph);
  const { weights } = start;
  const { gridBits, step } = weightFormat(weights.bits);
  const on = grid(weights.type, gridBits, compute!.settings['symmetric-weights']);
  const partners = partnersOf(plan, node, constants, weights, on.highest - on.middle);
  const limits: CodeLimits = {
    lowest: on.lowest,
    highest: on.highest,
    step,
    ...(partners ? { mayGrow: pairsAllow(constants, weights.data, partners) } : {}),
  };
  return {
    node,
    start,
    codes: new BlockCodes(weights, constants, limits),
    dims: constants.dims,
    role: compute!.role,
    reach: reachOf(plan, integer),
    format: biasFormat(plan, integer),
  };
}

function reachOf({ schemes }: StaticPlan, { output }: IntegerNode): number {
  const { low, high } = rangeOf(schemes.get(output)!);
  return high - low;
}

/** Both of a pair may grow by one: then their sum still cannot saturate. int8 codes have no zero point. */
function pairsAllow(
  { dims, channelAxis }: ReturnType<typeof layerConstants>,
  codes: ArrayLike<number>,
  partners: Int32Array,
): (place: number) => boolean {
  const rows = rowsOf(dims, channelAxis);
  const allowed = new Uint8Array(codes.length);
  for (let row = 0; row < rows.channels; row++) {
    for (let i = 0; i < rows.length; i++) {
      const [own, beside] = [rows.offset(row, i), partners[i]! < 0 ? undefined : rows.offset(row, partners[i]!)];
      const sum = Math.abs(codes[own]!) + (beside === undefined ? 0 : Math.abs(codes[beside]!));
      allowed[own] = Number(sum + 2 <= pairLimit);
    }
  }
  return (place) => allowed[place] === 1;
}

/** The bias as its format stores these numbers, where the format is coarse. */
export function coarseBias({ format, start }: TunedLayer, bias: Float32Array): QuantizedBias | undefined {
  return start.bias?.type === DataType.int8 ? quantizeBias(bias, format, start.weights.scales) : undefined;
}

/** The layer with what was learned. */
export function learned({ codes, start, format }: TunedLayer, bias: Float32Array | undefined): RoundedLayer {
  const weights = codes.rounded();
  return { ...start, weights, ...(bias ? { bias: quantizeBias(bias, format, weights.scales) } : {}) };
}

/** A layer's bias on another scale of its input. */
export function rescaledBias(plan: StaticPlan, integer: IntegerNode, rounded: RoundedLayer): RoundedLayer {
  return rounded.bias
    ? { ...rounded, bias: quantizeBias(storedBias(rounded.bias), biasFormat(plan, integer), rounded.weights.scales) }
    : rounded;
}
