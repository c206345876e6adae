import type { Node } from '../../onnx/graph.ts';
import { hardSwishInnerPosition } from '../../targets/zcu104/arithmetic.ts';
import { isHardSwish } from '../../targets/zcu104/check-positions.ts';
import { positionOf } from '../../targets/zcu104/fixes.ts';
import { shiftLimits } from '../../targets/zcu104/positions.ts';
import { onEspDl } from './esp-dl-positions.ts';
import { activationFormat } from '../activation-format.ts';
import { positionHoldingBias } from '../bias.ts';
import { layerConstants, quantizeLayerWeights } from '../layer-weights.ts';
import type { IntegerNode } from '../placement.ts';
import type { StaticPlan } from '../plan.ts';
import { PositionGroups } from './position-groups.ts';
import { scaleAt, within, type Positions } from './position.ts';
import { powerOfTwoScheme } from './schemes.ts';
import { relativeError } from './values.ts';

/**
 * Brings a plan's fix positions into what the DPUCZDX8G can shift (targets/zcu104/positions.ts): one position across Concat, pooling and
 * nodes that move elements; operands of an Add at most 15 bits apart; every sum of products as fine as its result or finer, by at most
 * 16 bits; an 8-bit bias within reach of its sum. Tied values take the position at which their relative errors add up to least: a mean
 * over a map is far smaller than the map, and the coarser of both would leave it few codes. From there positions only become coarser,
 * until none changes; that ends, since each is bounded below. A result that is made as coarse as its sum loses nothing.
 */
function onDpu(plan: StaticPlan): StaticPlan {
  const { placement, schemes } = plan;
  const groups = new PositionGroups(schemes);
  for (const set of placement.tied) groups.tie(set);
  for (const { node, kind, inputs, output } of placement.integerNodes) {
    if (kind === 'joined' || pools.has(node.op)) groups.tie([...inputs.map((index) => node.inputs[index]!), output]);
  }
  groups.choose((value, position) => relativeError(plan.statistics.get(value), { ...schemes.get(value)!, scale: scaleAt(position) }));
  holdHardSigmoids(plan, groups);
  const layers = placement.integerNodes.flatMap((integer) => freeLayer(plan, integer) ?? []);
  const settler = new Settler(plan, groups);
  do {
    settler.changed = false;
    for (const layer of layers) settler.layer(layer);
    for (const integer of placement.integerNodes) settler.node(integer);
  } while (settler.changed);
  const weightPositions = new Map(layers.map((layer) => [layer.node, settler.allowedFor(layer)]));
  const notes = groups.lowered
    ? [`${groups.lowered} fix positions are coarser than the pictures ask for, so that the DPU can shift between them.`]
    : [];
  return { ...plan, schemes: groups.schemes(), weightPositions, notes: [...plan.notes, ...notes] };
}

/** Brings a plan's fix positions into what its target can shift. */
export function onBoard(plan: StaticPlan): StaticPlan {
  switch (plan.request.target.fixPositions) {
    case 'dpu':
      return onDpu(plan);
    case 'esp-dl':
      return onEspDl(plan);
    default:
      return plan;
  }
}

const pools = new Set(['AveragePool', 'GlobalAveragePool']);

/** Shifts of a product behind its operands' positions; fewer where one of them is the hard sigmoid of the other. */
function productLimit(node: Node, { model: { graph } }: StaticPlan): number {
  return (isHardSwish(graph, node) ? shiftLimits.hardSwish : shiftLimits.product).greatest;
}

/**
 * Sigmoids saturate beyond 3: positions that clip there cost nothing, and a result of 1 is rounded to 127/128. Inside a hard swish the DPU
 * knows one position only.
 */
function holdHardSigmoids({ placement, model: { graph } }: StaticPlan, groups: PositionGroups): void {
  const gates = new Set<string>();
  for (const { node, output } of placement.integerNodes) {
    if (node.op !== 'HardSigmoid') continue;
    gates.add(output);
    const [input] = node.inputs as [string];
    if (groups.has(input)) groups.set(input, within(groups.at(input), shiftLimits.hardSigmoidInput));
    groups.set(output, within(groups.at(output), shiftLimits.hardSigmoidOutput));
  }
  for (const { node } of placement.integerNodes) {
    if (node.op !== 'Mul' || !isHardSwish(graph, node)) continue;
    for (const input of node.inputs) if (gates.has(input)) groups.set(input, hardSwishInnerPosition);
  }
}

interface Layer {
  readonly node: Node;
  readonly input: string;
  readonly output: string;
  /** Chosen freely at first. */
  weights: number;
  /** The finest position that holds its bias; Infinity without one. */
  readonly bias: number;
}

function freeLayer({ model, request, schemes }: StaticPlan, { node, compute, output }: IntegerNode): Layer | undefined {
  if (!compute || !model.graph.constant(node.inputs[compute.role.weight]!)) return undefined;
  const constants = layerConstants(node, compute, model.graph);
  const input = node.inputs[compute.role.activation]!;
  const { weights } = quantizeLayerWeights(node, compute, constants, request.target, {
    inputScale: schemes.get(input)!.scale,
    kernel: true,
  });
  const bias = constants.bias ? positionHoldingBias(constants.bias) : Infinity;
  return { node, input, output, weights: positionOf(weights.scales[0]!)!, bias };
}

class Settler {
  changed = false;
  readonly #constants = new Map<string, number>();

  constructor(
    readonly plan: StaticPlan,
    readonly groups: PositionGroups,
  ) {}

  /** w + i - o within the cut, and a bias that can be shifted to w + i. */
  layer(layer: Layer): void {
    const { groups } = this;
    const [input, output] = [groups.at(layer.input), groups.at(layer.output)];
    const finest = Math.min(output + shiftLimits.cut.greatest, layer.bias + shiftLimits.bias.greatest) - input;
    if (layer.weights > finest) {
      layer.weights = finest;
      this.changed = true;
    }
    this.#lower(layer.output, layer.weights + input);
  }

  node({ node, inputs, output }: IntegerNode): void {
    const { groups } = this;
    const operands = inputs.map((index) => node.inputs[index]!);
    const positions = operands.map((operand) => this.#at(operand));
    if (node.op === 'Add') {
      const least = Math.min(...positions);
      for (const operand of operands) this.#lower(operand, least + shiftLimits.read.greatest);
      this.#lower(output, least - shiftLimits.write.least);
      this.#lower(operands[positions.indexOf(least)]!, groups.at(output) + shiftLimits.write.greatest);
    } else if (node.op === 'Mul') {
      const sum = positions.reduce((a, b) => a + b, 0);
      this.#lower(output, sum - shiftLimits.product.least);
      const finest = operands[positions.indexOf(Math.max(...positions))]!;
      this.#lower(finest, this.#at(finest) - (sum - groups.at(output) - productLimit(node, this.plan)));
    } else if (node.op === 'HardSigmoid') {
      this.#lower(output, 14 + positions[0]! - shiftLimits.hardSigmoid.least);
    }
  }

  /** Positions for a layer's weights with which all shifts stay allowed. */
  allowedFor({ input, output, bias }: Layer): Positions {
    const [at, to] = [this.groups.at(input), this.groups.at(output)];
    return { least: to - at, greatest: Math.min(to + shiftLimits.cut.greatest, bias + shiftLimits.bias.greatest) - at };
  }

  /** Of a value or a constant operand. */
  #at(value: string): number {
    if (this.groups.has(value)) return this.groups.at(value);
    const known = this.#constants.get(value);
    if (known !== undefined) return known;
    const { model, request } = this.plan;
    const elements = model.graph.constant(value)!.toFloat64();
    const range = { low: elements.reduce((a, b) => Math.min(a, b), 0), high: elements.reduce((a, b) => Math.max(a, b), 0) };
    const position = positionOf(powerOfTwoScheme(range, activationFormat(8, request.settings)).scale)!;
    this.#constants.set(value, position);
    return position;
  }

  #lower(value: string, position: number): void {
    if (this.groups.has(value) && this.groups.lower(value, position)) this.changed = true;
  }
}
