import { throwIfCancelled } from '../../base/errors.ts';
import type { Node } from '../../onnx/graph.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import { pictureFeeder } from '../../statistics/feed.ts';
import type { StaticPlan } from '../plan.ts';
import { LayerWork, type WalkLayer } from './layer-work.ts';
import { findPorts, sampleOf, type Ports } from './ports.ts';
import type { RoundedLayer } from './rounding.ts';
import { decodeRounding, encodeRounding } from './saved-rounding.ts';
import { Segment } from '../../layerwise/segment.ts';
import { Simulation } from './simulation.ts';
import { Stages } from '../../layerwise/stages.ts';
import { TensorStore, type MemoryBudget, type Tensors } from '../../layerwise/tensor-store.ts';

/** Activations of all pictures that are kept in memory, in bytes; the rest waits in temporary files. */
const memoryBytes = 96 * 2 ** 20;

/**
 * Rounds layers in the order of the graph, each on what the quantized model gives it to read and on what the float model makes of the same
 * picture there. Both models are cut into stages at the layers, and the activations of all pictures wait between two stages, so
 * every node runs once a picture. Memory: `memoryBytes`, the moments of one stage's layers, and a few pictures.
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

/** Under this key the layers rounded so far are kept. */
const roundingKey = 'rounding';
/** Least time between two checkpoints, in milliseconds. */
const checkpointEvery = 5_000;

type Side = 'quantized' | 'float';

interface Work {
  readonly port: Ports;
  readonly work: LayerWork;
}

interface Part {
  readonly segment: Segment;
  /** Values that later stages need. */
  readonly kept: readonly string[];
}

class Walk {
  readonly #ports: readonly Ports[];
  readonly #stages: Readonly<Record<Side, Stages>>;
  readonly #rounded = new Map<Node, RoundedLayer>();
  readonly #budget: MemoryBudget = { left: memoryBytes };
  #store: TensorStore | undefined;
  readonly #pictures: number;
  #savedAt: number;

  constructor(
    readonly plan: StaticPlan,
    layers: readonly WalkLayer[],
    readonly simulation: Simulation,
  ) {
    this.#pictures = plan.dependencies.dataset!.samples.length;
    this.#savedAt = plan.dependencies.context.clock.monotonic();
    const { graph } = plan.model;
    this.#ports = findPorts(graph, layers, simulation);
    const copies = new Set(layers.map(({ integer }) => simulation.copyOf(integer.node)));
    const stageOf = new Map(this.#ports.map(({ layer, stage }) => [layer.integer.node, stage]));
    this.#stages = {
      quantized: new Stages(simulation.model.graph, this.#wanted('quantized', this.#ports), (node, read) =>
        copies.has(node) ? read + 1 : read,
      ),
      float: new Stages(graph, this.#wanted('float', this.#ports), (node, read) => stageOf.get(node) ?? read),
    };
  }

  async run(): Promise<Map<Node, RoundedLayer>> {
    const stages = 1 + Math.max(...this.#ports.map(({ stage }) => stage));
    await this.#restore();
    try {
      for (let stage = 0; stage < stages; stage++) await this.#runStage(stage, stages);
    } finally {
      await this.#store?.dispose();
    }
    return this.#rounded;
  }

  async #runStage(stage: number, stages: number): Promise<void> {
    const ports = this.#ports.filter((port) => port.stage === stage);
    const waiting = ports.filter(({ layer }) => !this.#rounded.has(layer.integer.node));
    const works = waiting.map((port) => ({ port, work: new LayerWork(this.plan, port.layer) }));
    try {
      await this.#stream(stage, stages, ports, works);
      for (const { port, work } of works) {
        const { node } = port.layer.integer;
        const rounded = await work.finish();
        this.#rounded.set(node, rounded);
        this.plan.dependencies.context.logger.debug(`rounded ${node.label}`, { ...rounded.loss });
      }
    } finally {
      for (const { work } of works) await work.dispose();
    }
    for (const { layer } of ports) {
      const { node, compute } = layer.integer;
      this.simulation.setLayer(node, compute!, layer.dims, this.#rounded.get(node)!);
    }
    if (works.length) await this.#save();
  }

  /** Layers that an earlier run had rounded: their stages are run through again, without looking at moments. */
  async #restore(): Promise<void> {
    const state = await this.plan.dependencies.checkpoints?.load(roundingKey);
    if (!state) return;
    const layers = new Map(this.#ports.map(({ layer }) => [layer.integer.node.label, layer]));
    const found = decodeRounding(state, new Map([...layers].map(([name, { nearest }]) => [name, nearest])));
    for (const [name, rounded] of found) this.#rounded.set(layers.get(name)!.integer.node, rounded);
  }

  async #save(): Promise<void> {
    const { checkpoints, context } = this.plan.dependencies;
    if (!checkpoints || context.clock.monotonic() - this.#savedAt < checkpointEvery) return;
    await checkpoints.save(roundingKey, encodeRounding(new Map([...this.#rounded].map(([node, rounded]) => [node.label, rounded]))));
    this.#savedAt = context.clock.monotonic();
  }

  /** Takes all pictures from one stage to the next. */
  async #stream(stage: number, stages: number, ports: readonly Ports[], works: readonly Work[]): Promise<void> {
    const { context } = this.plan.dependencies;
    const ours = this.#part('quantized', stage, ports);
    const theirs = this.#part('float', stage, ports);
    const next = new TensorStore(this.#budget);
    try {
      let done = 0;
      for await (const { index, known } of this.#known()) {
        throwIfCancelled(context.signal);
        const quantized = await ours.segment.run(known('quantized'));
        const float = await theirs.segment.run(known('float'));
        for (const { port, work } of works) await work.add(sampleOf(port, quantized, float), index);
        await next.add({ ...prefixed('quantized', quantized, ours.kept), ...prefixed('float', float, theirs.kept) });
        done++;
        context.progress.report({
          phase: 'round',
          done: stage * this.#pictures + done,
          total: stages * this.#pictures,
          unit: 'pictures',
        });
      }
    } finally {
      await ours.segment.dispose();
      await theirs.segment.dispose();
      await this.#store?.dispose();
      this.#store = next;
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

  #part(side: Side, stage: number, ports: readonly Ports[]): Part {
    const { runtime, context } = this.plan.dependencies;
    const model = side === 'quantized' ? this.simulation.model : this.plan.model;
    const inputs = stage === 0 ? this.plan.model.graph.requiredInputs.map(({ name }) => name) : this.#frontier(side, stage - 1);
    const kept = this.#frontier(side, stage);
    const outputs = [...new Set([...this.#wanted(side, ports), ...kept])];
    return { segment: new Segment(model, inputs, outputs, runtime, context), kept };
  }

  #wanted(side: Side, ports: readonly Ports[]): string[] {
    if (side === 'quantized') return ports.flatMap(({ input, skip }) => [input.name, ...(skip ? [skip.quantized.name] : [])]);
    return ports.flatMap(({ target, skip }) => [target, ...(skip ? [skip.float] : [])]);
  }

  /** Dequantized values are kept as codes: a quarter of the bytes. */
  #frontier(side: Side, stage: number): string[] {
    const stages = this.#stages[side];
    const compact = (value: string): string => {
      const maker = stages.graph.producer(value);
      return maker?.op === 'DequantizeLinear' ? maker.inputs[0]! : value;
    };
    // An operand of an Add that no layer follows is wanted for its own sake.
    const later = this.#wanted(
      side,
      this.#ports.filter((port) => port.stage > stage),
    );
    return [...new Set([...stages.frontier(stage).map(compact), ...later.filter((value) => stages.of(value) <= stage)])];
  }
}

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
