import { throwIfCancelled } from '../../base/errors.ts';
import type { Node } from '../../onnx/graph.ts';
import { pictureFeeder } from '../../statistics/feed.ts';
import { MomentProbe } from '../../statistics/moment-probe.ts';
import { SecondMoment, type ProductShape } from '../../statistics/second-moment.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import { layerConstants } from '../layer-weights.ts';
import type { IntegerNode } from '../placement.ts';
import type { StaticPlan } from '../plan.ts';
import { rangeOf } from '../scheme.ts';
import { roundOnMoment } from './round-layer.ts';
import type { RoundedLayer } from './rounding.ts';
import { Segment } from './segment.ts';
import { Simulation } from './simulation.ts';
import { Stages } from './stages.ts';
import { TensorStore, type MemoryBudget, type Tensors } from './tensor-store.ts';

/** Activations of all pictures between two stages that are kept in memory, in bytes; the rest waits in a file. */
const memoryBytes = 96 * 2 ** 20;

/** Positions of a layer's output that are looked at: in each picture, and in all of them where they are few. */
const positionsEach = 256;
const positionsInAll = 51_200;

/** A layer that the walk rounds. */
export interface WalkLayer {
  readonly integer: IntegerNode;
  readonly dims: readonly number[];
  readonly shape: ProductShape;
  readonly nearest: RoundedLayer;
}

/** Names of a layer's values: in the quantized model, and in the float one. */
interface Ports {
  readonly layer: WalkLayer;
  /** What it reads, dequantized. */
  readonly input: string;
  /** What the float model's layer makes. */
  readonly target: string;
  /** The other operand of the Add that alone reads the layer's output, where it is known by then. */
  readonly skip: { readonly quantized: string; readonly float: string } | undefined;
  readonly stage: number;
}

/**
 * Rounds layers in the order of the graph, each on what the quantized model gives it to read and on what the float model makes of the same
 * picture there. Both models are cut into stages at the layers, and the activations of all pictures wait between two stages, so
 * every node runs once a picture. Memory: `memoryBytes`, the moments of one stage's layers, and one picture.
 */
export async function walkLayers(
  plan: StaticPlan,
  layers: readonly WalkLayer[],
  others: ReadonlyMap<Node, RoundedLayer>,
): Promise<Map<Node, RoundedLayer>> {
  const nearest = new Map([...others, ...layers.map((layer): [Node, RoundedLayer] => [layer.integer.node, layer.nearest])]);
  const walk = new Walk(plan, layers, new Simulation(plan, nearest));
  return walk.run();
}

class Walk {
  readonly #ports: readonly Ports[];
  readonly #quantized: Stages;
  readonly #float: Stages;
  readonly #rounded = new Map<Node, RoundedLayer>();
  readonly #budget: MemoryBudget = { left: memoryBytes };
  #store: TensorStore | undefined;
  readonly #positions: number;
  #pictures = 0;

  constructor(
    readonly plan: StaticPlan,
    layers: readonly WalkLayer[],
    readonly simulation: Simulation,
  ) {
    this.#positions = Math.max(positionsEach, Math.ceil(positionsInAll / plan.dependencies.dataset!.samples.length));
    const copies = new Map(layers.map((layer) => [simulation.copyOf(layer.integer.node), layer]));
    const { graph } = simulation.model;
    const inputOf = (layer: WalkLayer): string => simulation.copyOf(layer.integer.node).inputs[layer.integer.compute!.role.activation]!;
    const readable = new Stages(graph, layers.map(inputOf), (node, read) => (copies.has(node) ? read + 1 : read));
    this.#ports = layers.map((layer) => {
      const { node } = layer.integer;
      const input = inputOf(layer);
      const stage = readable.of(input);
      return { layer, input, target: node.outputs[0]!, skip: this.#skip(node, readable, stage), stage };
    });
    const wanted = this.#ports.flatMap(({ input, skip }) => [input, ...(skip ? [skip.quantized] : [])]);
    this.#quantized = new Stages(graph, wanted, (node, read) => (copies.has(node) ? read + 1 : read));
    const stageOf = new Map(this.#ports.map(({ layer, stage }) => [layer.integer.node, stage]));
    const targets = this.#ports.flatMap(({ target, skip }) => [target, ...(skip ? [skip.float] : [])]);
    this.#float = new Stages(plan.model.graph, targets, (node, read) => stageOf.get(node) ?? read);
  }

  async run(): Promise<Map<Node, RoundedLayer>> {
    const stages = 1 + Math.max(...this.#ports.map(({ stage }) => stage));
    try {
      for (let stage = 0; stage < stages; stage++) await this.#runStage(stage, stages);
    } finally {
      await this.#store?.dispose();
    }
    return this.#rounded;
  }

  async #runStage(stage: number, stages: number): Promise<void> {
    const { dependencies } = this.plan;
    const { runtime, context } = dependencies;
    const ports = this.#ports.filter((port) => port.stage === stage);
    const quantized = this.#segment(
      'quantized',
      stage,
      ports.flatMap(({ input, skip }) => [input, ...(skip ? [skip.quantized] : [])]),
    );
    const float = this.#segment(
      'float',
      stage,
      ports.flatMap(({ target, skip }) => [target, ...(skip ? [skip.float] : [])]),
    );
    const measured = ports.map((port) => ({ port, moment: this.#moment(port) }));
    const probes: MomentProbe[] = [];
    const next = new TensorStore(this.#budget);
    try {
      for (const { port, moment } of measured) {
        const { integer, dims } = port.layer;
        probes.push(await MomentProbe.load(integer.node, dims, moment, this.#positions, runtime, context));
      }
      let done = 0;
      for await (const { index, known } of this.#known()) {
        throwIfCancelled(context.signal);
        const ours = await quantized.segment.run(known('quantized'));
        const theirs = await float.segment.run(known('float'));
        for (const [i, port] of ports.entries()) await probes[i]!.add(ours[port.input]!, targetOf(port, ours, theirs), index);
        await next.add({
          ...prefixed('quantized', ours, quantized.kept),
          ...prefixed('float', theirs, float.kept),
        });
        done++;
        const total = stages * Math.max(this.#pictures, done);
        context.progress.report({ phase: 'round', done: Math.min(total, stage * this.#pictures + done), total, unit: 'pictures' });
      }
      this.#pictures = done;
      for (const probe of probes) await probe.finish();
    } finally {
      for (const probe of probes) await probe.dispose();
      await quantized.segment.dispose();
      await float.segment.dispose();
      await this.#store?.dispose();
      this.#store = next;
    }
    for (const { port, moment } of measured) {
      const { integer, nearest, dims } = port.layer;
      const rounded = await roundOnMoment(this.plan, integer, nearest, moment);
      this.#rounded.set(integer.node, rounded);
      this.simulation.setLayer(integer.node, integer.compute!, dims, rounded);
      context.logger.debug(`rounded ${integer.node.label}`, { ...rounded.loss });
    }
  }

  /** What is known of each picture before the stage. */
  async *#known(): AsyncIterable<{ index: number; known: (side: Side) => Tensors }> {
    const { dataset, context } = this.plan.dependencies;
    const store = this.#store;
    if (!store) {
      const toFeeds = pictureFeeder(this.plan.model);
      for await (const sample of dataset!.stream({ signal: context.signal })) {
        const feeds = toFeeds(sample);
        yield { index: sample.index, known: () => feeds };
      }
      return;
    }
    for (let index = 0; index < store.length; index++) {
      const tensors = await store.take(index);
      yield { index, known: (side) => unprefixed(side, tensors) };
    }
  }

  #segment(side: Side, stage: number, wanted: readonly string[]): { segment: Segment; kept: readonly string[] } {
    const stages = side === 'quantized' ? this.#quantized : this.#float;
    const model = side === 'quantized' ? this.simulation.model : this.plan.model;
    const inputs = stage === 0 ? this.plan.model.graph.requiredInputs.map(({ name }) => name) : this.#frontier(stages, stage - 1);
    const kept = this.#frontier(stages, stage);
    const { runtime, context } = this.plan.dependencies;
    const outputs = [...new Set([...wanted, ...kept])];
    return { segment: new Segment(model, inputs, outputs, runtime, context), kept };
  }

  /** Dequantized values are kept as codes: a quarter of the bytes. */
  #frontier(stages: Stages, stage: number): string[] {
    const compact = (value: string): string => {
      const maker = stages.graph.producer(value);
      return maker?.op === 'DequantizeLinear' ? maker.inputs[0]! : value;
    };
    return [...new Set(stages.frontier(stage).map(compact))];
  }

  #moment({ layer }: Ports): SecondMoment {
    const { integer, shape } = layer;
    const constants = layerConstants(integer.node, integer.compute!, this.plan.model.graph);
    const { low, high } = rangeOf(this.plan.schemes.get(integer.node.inputs[integer.compute!.role.activation]!)!);
    const input = Math.max(-low, high);
    let largest = 0;
    for (const weight of constants.weights) largest = Math.max(largest, Math.abs(weight));
    const offset = constants.bias?.reduce((a, b) => Math.max(a, Math.abs(b)), 0) ?? 0;
    return new SecondMoment(shape, { input, target: offset + largest * input * shape.depth });
  }

  #skip(node: Node, readable: Stages, stage: number): Ports['skip'] {
    const { graph } = this.plan.model;
    const [use, ...more] = graph.users(node.outputs[0]!);
    if (!use || more.length || use.index < 0 || use.node.op !== 'Add' || graph.isOutput(node.outputs[0]!)) return undefined;
    const other = 1 - use.index;
    const float = use.node.inputs[other]!;
    const quantized = this.simulation.copyOf(use.node).inputs[other]!;
    if (graph.constant(float) || readable.of(quantized) > stage) return undefined;
    return { quantized, float };
  }
}

type Side = 'quantized' | 'float';

const prefixed = (side: Side, tensors: Tensors, names: readonly string[]): Record<string, RuntimeTensor> =>
  Object.fromEntries(names.map((name) => [`${side}/${name}`, tensors[name]!]));

function unprefixed(side: Side, tensors: Tensors): Tensors {
  const start = `${side}/`;
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(start))
      .map(([name, tensor]) => [name.slice(start.length), tensor]),
  );
}

/** What the layer should give: the float model's output; before an Add also what the other operand lacks by now. */
function targetOf({ target, skip }: Ports, ours: Tensors, theirs: Tensors): RuntimeTensor {
  const wanted = theirs[target]!;
  if (!skip) return wanted;
  const [theirSkip, ourSkip] = [theirs[skip.float]!, ours[skip.quantized]!];
  const same = theirSkip.dims.length === wanted.dims.length && theirSkip.dims.every((dim, axis) => dim === wanted.dims[axis]);
  if (!same) return wanted;
  const [base, plus, minus] = [wanted, theirSkip, ourSkip].map(({ data }) => data as Float32Array);
  return { ...wanted, data: base!.map((value, i) => value + plus![i]! - minus![i]!) };
}
