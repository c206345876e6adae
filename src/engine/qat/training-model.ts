import type { Model, Node } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import { gradientDomain } from '../ops/gradient/rule.ts';
import { storedBias } from '../quantize/bias.ts';
import type { BatchNormStatistics, ChannelNormal } from '../quantize/batch-norm-statistics.ts';
import { copyPlan } from '../quantize/copy-plan.ts';
import type { StaticPlan } from '../quantize/plan.ts';
import type { RoundedLayer } from '../quantize/round/rounding.ts';
import { dequantizeValue, quantizeValue } from '../quantize/scheme.ts';
import { constantSchemes } from '../quantize/write-static.ts';
import { upgradeOpset } from '../simplify/upgrade-opset.ts';
import { parametersOf, type Parameter } from '../train/parameters.ts';
import { schemeGroups } from './groups.ts';
import { biasCodes, qatLayers } from './layers.ts';
import type { ActivationRounding, QatLayer, QatMethod, WeightRounding } from './methods/method.ts';
import { normalOf, restoreNormalization, type TrainedNormalization } from './normalization.ts';
import { Brought, Site, type QatParameter } from './site.ts';
import type { QatSettings } from './step.ts';
import { scaledParameter, type ScaledParameter } from './units.ts';

/** A layer while it is trained. */
export interface TrainedLayer {
  readonly layer: QatLayer;
  readonly rounding: WeightRounding;
  /** Its bias in float; absent where it has none. */
  readonly bias?: ScaledParameter;
  /** In place of a bias. */
  readonly normalization?: TrainedNormalization;
}

/** The plan's model with fake quantization where the written model has Q and DQ. */
export interface TrainingModel {
  readonly model: Model;
  /** All of the model: those of the method, biases, and what float layers have. */
  readonly parameters: readonly Parameter[];
  /** Of parameters that the method brought. */
  readonly kinds: ReadonlyMap<string, QatParameter['kind']>;
  /** By node of the plan's model. */
  readonly layers: ReadonlyMap<Node, TrainedLayer>;
  readonly activations: readonly { readonly values: readonly string[]; readonly rounding: ActivationRounding }[];
}

/** Operators of training are written for this opset. */
const opset = 21;

/**
 * Writes the model that is trained: before the first step it computes what `writeStatic` of the same plan and roundings computes. Neither is changed.
 * Throws `qat.format`.
 */
export function trainingModel(
  plan: StaticPlan,
  rounded: ReadonlyMap<Node, RoundedLayer>,
  method: QatMethod,
  settings: QatSettings,
  normals: BatchNormStatistics = new Map(),
): TrainingModel {
  const copy = copyPlan(plan);
  const { model } = copy.plan;
  const { graph } = model;
  model.opsets.set(gradientDomain, 1);
  const [first] = graph.topologicalOrder();
  const own = new Brought();
  const atStart = (owner: string): Site => new Site(graph, settings, owner, own, first ? { before: first } : {});
  const activations = schemeGroups(plan).map(({ values, largestScale }) => {
    const [name] = values as [string];
    const powerOfTwo = plan.request.settings.scales === 'power-of-two';
    const activation = {
      name,
      scheme: plan.schemes.get(name)!,
      largestScale,
      powerOfTwo,
      halfUp: plan.request.target.fixPositions !== undefined,
    };
    const rounding = method.activations(activation, atStart(name));
    return { values, rounding };
  });
  const scaleOf = new Map(activations.flatMap(({ values, rounding }) => values.map((value) => [value, rounding.value] as const)));
  const layers = new Map<Node, TrainedLayer>();
  for (const [node, layer] of qatLayers(plan, rounded)) {
    const scale = scaleOf.get(node.inputs[layer.compute.role.activation]!);
    layers.set(node, trainLayer(copy.copyOf(node), layer, method, atStart(layer.name), { scale, normal: normalOf(node, layer, normals) }));
  }
  roundConstants(copy.plan);
  const moved = movedValues(plan);
  for (const { values, rounding } of activations)
    for (const value of values)
      if (!moved.has(value)) roundValue(copy.plan, value, rounding, (place) => new Site(graph, settings, value, own, place));
  graph.sort();
  graph.prune();
  upgradeOpset(model, opset);
  return {
    model,
    parameters: allParameters(model, own),
    kinds: new Map(own.parameters.map(({ name, kind }) => [name, kind])),
    layers,
    activations,
  };
}

/** What surrounds a layer: the scale of what it reads, in the graph, unless that stays float, and what batch normalization said of its results. */
interface Surroundings {
  readonly scale: string | undefined;
  readonly normal: ChannelNormal | undefined;
}

function trainLayer(node: Node, layer: QatLayer, method: QatMethod, site: Site, around: Surroundings): TrainedLayer {
  const { role } = layer.compute;
  const rounding = method.weights(layer, site);
  site.graph.setInput(node, role.weight, rounding.value);
  // Gemm's factors are part of the constants now.
  node.attributes.delete('alpha');
  const { bias } = layer.start;
  if (!bias || role.bias === undefined || around.scale === undefined) return { layer, rounding };
  node.attributes.delete('beta');
  if (around.normal) return { layer, rounding, normalization: restoreNormalization(node, layer, around.normal, site) };
  const values = Float32Array.from(storedBias(bias));
  const unit = { dims: [], values: Float32Array.of(layer.biasUnit), of: () => 0 };
  const trained = scaledParameter(site, 'bias', { dims: [values.length], values }, unit);
  site.graph.setInput(node, role.bias, roundedBias(layer, site, trained.value, site.emit('Mul', [around.scale, rounding.scale])));
  return { layer, rounding, bias: trained };
}

/** Steps of a bias are coarse where those of weights and activations are (quantize/bias.ts): it is trained rounded too. A fix position of its own stays. */
function roundedBias({ start, bias }: QatLayer, site: Site, value: string, scale: string): string {
  if (bias === 'own scale') return value;
  const fixed = bias === 'int8';
  const { low, high } = biasCodes[bias];
  const step = fixed ? site.constant(Tensor.float32([], start.bias!.scales)) : scale;
  const axis = fixed || start.weights.axis === undefined ? -1 : 0;
  return site.emit('FakeQuantize', [value, step], { low, high, axis }, gradientDomain);
}

/** Constant operands of Add, Mul, Concat … as the written model dequantizes them; they are not trained. */
function roundConstants(plan: StaticPlan): void {
  const { graph } = plan.model;
  for (const integer of plan.placement.integerNodes) {
    for (const [index, { tensor, scheme }] of constantSchemes(plan, integer)) {
      const name = graph.uniqueName(`${integer.node.inputs[index]}_rounded`);
      const values = tensor.toFloat64().map((value) => dequantizeValue(quantizeValue(value, scheme), scheme));
      graph.initializers.set(name, Tensor.float32(tensor.dims, Float32Array.from(values)));
      graph.setInput(integer.node, index, name);
    }
  }
}

/** Results of nodes that only pick or move elements of rounded values: they lie on the grid already. Interpolation makes values between. */
function movedValues({ placement }: StaticPlan): ReadonlySet<string> {
  const exact = placement.integerNodes.filter(
    ({ node, kind }) => kind === 'same-scale' && !(node.op === 'Resize' && node.string('mode', 'nearest') !== 'nearest'),
  );
  return new Set(exact.flatMap(({ node }) => node.outputs));
}

/** Puts the rounding behind a value, for the readers that the written model gives the dequantized one. */
function roundValue(
  { model: { graph }, placement }: StaticPlan,
  value: string,
  rounding: ActivationRounding,
  siteAt: (place: { before?: Node; after?: Node }) => Site,
): void {
  const made = placement.made.has(value);
  const producer = graph.producer(value);
  let source = value;
  if (made && graph.isOutput(value) && producer) {
    source = graph.uniqueName(`${value}_float`);
    graph.setOutput(producer, producer.outputs.indexOf(value), source);
  }
  const readers = made
    ? graph.users(value)
    : placement.integerNodes.flatMap(({ node, inputs }) =>
        inputs.filter((index) => node.inputs[index] === value).map((index) => ({ node, index })),
      );
  const [first] = graph.nodes;
  const result = rounding.round(siteAt(producer ? { after: producer } : first ? { before: first } : {}), source);
  if (source !== value) {
    // The graph's output keeps its name.
    const last = graph.producer(result)!;
    graph.setOutput(last, last.outputs.indexOf(result), value);
    return;
  }
  for (const { node, index } of readers) if (index >= 0) graph.setInput(node, index, result);
}

/** The method's parameters and biases first, then those of layers that stay in float. */
function allParameters(model: Model, { parameters: own, constants }: Brought): Parameter[] {
  const names = new Set(own.map(({ name }) => name));
  const others = parametersOf(model).filter(({ name }) => !names.has(name) && !constants.has(name));
  const decays = ({ kind, dims }: QatParameter): boolean => kind === 'weight' && dims.filter((dim) => dim > 1).length > 1;
  const all = [...own.map((parameter) => ({ ...parameter, decays: decays(parameter) })), ...others];
  let offset = 0;
  return all.map(({ name, dims, size, layer, decays: shrinks }) => {
    const parameter = { name, dims, size, offset, layer, decays: shrinks };
    offset += size;
    return parameter;
  });
}
