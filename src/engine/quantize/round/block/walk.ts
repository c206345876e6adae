import { LatheError } from '../../../base/errors.ts';
import type { Node } from '../../../onnx/graph.ts';
import { layerCosts } from '../../../ops/cost.ts';
import { pictureFeeder } from '../../../statistics/feed.ts';
import { probeBlock } from '../../../train/lower/blocked/probe.ts';
import type { IntegerNode } from '../../placement.ts';
import type { StaticPlan } from '../../plan.ts';
import type { Scheme } from '../../scheme.ts';
import { sourceOf } from '../ports.ts';
import type { RoundedLayer } from '../rounding.ts';
import { Segment } from '../../../layerwise/segment.ts';
import { Simulation } from '../simulation.ts';
import type { MemoryBudget, TensorStore, Tensors } from '../../../layerwise/tensor-store.ts';
import { attempt, type Attempt, type BlockProblem } from './attempt.ts';
import { freeScales } from './free-scales.ts';
import { partition, type Block } from './partition.ts';
import { outputsBehind, portsOf, varyingValues, type BlockPorts } from './ports.ts';
import { bytesOf, Power, squaredDistance } from './samples.ts';
import { runOn, Stream } from './streams.ts';
import { rescaledBias, tunedLayer } from './tuned-layer.ts';

/** Pictures that are looked at, at most; more are passed over evenly. */
const mostPictures = 512;
/** One of so many is held out to judge by. */
const heldOutEvery = 5;
const isHeldOut = (at: number): boolean => at % heldOutEvery === heldOutEvery - 1;
/** Activations between two blocks that are kept in memory, and those of the float model in temporary files: pictures behind that are left out from there on. */
const memoryBytes = 96 * 2 ** 20;
const fileBytes = 2 ** 30;
/** So many are kept all the same. */
const leastPictures = 40;

/** Blocks behind a block whose results are looked at too: their rounding has made up for this one's errors, and should go on to do so. */
const lookAhead = 1;

/** How a block went. */
export interface Tried {
  readonly block: Block;
  /** Mean squared error on the held-out pictures over the variance of what the float model gives: before, and as kept. */
  readonly before: number;
  readonly after: number;
  /** Why it was not tuned. */
  readonly reason?: string;
}

export interface WalkResult {
  /** The plan with the scales that were learned. */
  readonly plan: StaticPlan;
  readonly layers: ReadonlyMap<Node, RoundedLayer>;
  readonly tried: readonly Tried[];
  /** Whether the picture at this place of the dataset was held out. */
  readonly judges: (index: number) => boolean;
}

/** Goes through the blocks of a plan, both models side by side, and tunes one after the other. */
export class BlockWalk {
  readonly #plan: StaticPlan;
  readonly #schemes: Map<string, Scheme>;
  readonly #simulation: Simulation;
  readonly #blocks: readonly Block[];
  readonly #integers: ReadonlyMap<Node, IntegerNode>;
  readonly #layers: Map<Node, RoundedLayer>;
  readonly #tried: Tried[] = [];
  readonly #float: Stream;
  readonly #quantized: Stream;
  /** The float model's of held-out pictures. */
  #outputs: TensorStore | undefined;
  /** Pictures of the dataset that are looked at. */
  #indices: readonly number[] = [];
  /** Their places in the streams' stores. */
  #pictures: readonly number[] = [];

  /** `nodes`: layers that may change. */
  constructor(plan: StaticPlan, rounded: ReadonlyMap<Node, RoundedLayer>, nodes: ReadonlySet<Node>) {
    this.#schemes = new Map(plan.schemes);
    this.#plan = { ...plan, schemes: this.#schemes };
    this.#layers = new Map(rounded);
    this.#integers = new Map(plan.placement.integerNodes.map((integer) => [integer.node, integer]));
    this.#simulation = new Simulation(plan, rounded);
    for (const node of rounded.keys()) this.#apply(node);
    this.#blocks = partition(plan.model.graph, plan.placement, nodes);
    const stages = new Map(this.#blocks.flatMap(({ nodes: own }, i) => own.map((node): [Node, number] => [node, i + 1])));
    const copies = new Map([...stages].map(([node, stage]) => [this.#simulation.copyOf(node), stage]));
    const budget: MemoryBudget = { left: memoryBytes };
    this.#float = new Stream(plan, plan.model, (node) => stages.get(node), budget);
    this.#quantized = new Stream(plan, this.#simulation.model, (node) => copies.get(node), budget);
  }

  async run(): Promise<WalkResult> {
    const { model, shapes, dependencies } = this.#plan;
    const varies = varyingValues(model.graph);
    const macs = new Map(layerCosts(model, shapes).map(({ node, macs: own }) => [node, own ?? 0]));
    const blockSize = await probeBlock(dependencies.runtime);
    const last = this.#blocks.findLastIndex(({ layers }) => layers.length > 0);
    const report = (done: number): void => dependencies.context.progress.report({ phase: 'blocks', done, total: last + 1, unit: 'blocks' });
    report(0);
    try {
      await this.#begin();
      for (let i = 0; i <= last; i++) {
        const block = this.#blocks[i]!;
        const ahead = this.#blocks.slice(i, i + 1 + lookAhead).map(({ nodes }) => nodes);
        const ports = portsOf(model.graph, shapes, varies, this.#simulation, ahead);
        const cost = ahead.flat().reduce((sum, node) => sum + (macs.get(node) ?? 0), 0);
        await this.#pass(i + 1, block, ports, { macs: cost, blockSize });
        report(i + 1);
      }
    } finally {
      await this.#float.dispose();
      await this.#quantized.dispose();
      await this.#outputs?.dispose();
    }
    const heldOut = new Set(this.#indices.filter((_, at) => isHeldOut(at)));
    return { plan: this.#plan, layers: this.#layers, tried: this.#tried, judges: (index) => heldOut.has(index) };
  }

  /** The pictures, and what of them needs no block: the input's quantizer. */
  async #begin(): Promise<void> {
    const { dependencies, model } = this.#plan;
    const feed = pictureFeeder(model);
    const all = dependencies.dataset!.samples.length;
    const count = Math.min(all, mostPictures);
    this.#indices = Array.from({ length: count }, (_, i) => Math.floor((i * all) / count));
    const wanted = new Set(this.#indices);
    const [theirs, ours] = [this.#float.segment(0), this.#quantized.segment(0)];
    const whole = new Segment(
      model,
      model.graph.requiredInputs.map(({ name }) => name),
      model.graph.outputs.map(({ name }) => name),
      dependencies.runtime,
      dependencies.context,
    );
    const [floats, codes] = [this.#float.open(), this.#quantized.open()];
    const outputs = (this.#outputs = this.#float.open());
    try {
      for await (const sample of dependencies.dataset!.stream({ signal: dependencies.context.signal })) {
        if (!wanted.has(sample.index)) continue;
        const feeds = feed(sample);
        await floats.add(await theirs.run(feeds));
        await codes.add(await ours.run(feeds));
        await outputs.add(isHeldOut(outputs.length) ? await whole.run(feeds) : {});
      }
    } finally {
      for (const segment of [theirs, ours, whole]) await segment.dispose();
      await this.#float.advance(floats);
      await this.#quantized.advance(codes);
    }
    this.#pictures = Array.from({ length: floats.length }, (_, i) => i);
  }

  /** Takes both models through a block. */
  async #pass(stage: number, block: Block, ports: BlockPorts, cost: Pick<BlockProblem, 'macs' | 'blockSize'>): Promise<void> {
    const targets = this.#float.open();
    try {
      await this.#floatResults(
        stage,
        ports.outputs.map(({ float }) => float),
        targets,
      );
      if (block.layers.length) this.#tried.push(await this.#tune(stage, block, ports, targets, cost));
      const codes = this.#quantized.open();
      try {
        for await (const { values } of this.#results(stage, this.#pictures)) await codes.add(values);
      } finally {
        await this.#quantized.advance(codes);
      }
    } finally {
      await this.#float.advance(targets);
    }
  }

  /** What the float model makes of the block, and what its later blocks need. */
  async #floatResults(stage: number, wanted: readonly string[], store: TensorStore): Promise<void> {
    const segment = this.#float.segment(stage, wanted);
    const { signal } = this.#plan.dependencies.context;
    let bytes = 0;
    for await (const { picture, values } of runOn(segment, this.#pictures, (at) => this.#float.known(at), signal)) {
      await store.add(values);
      bytes += bytesOf(values);
      if (bytes < fileBytes || picture + 1 < leastPictures) continue;
      this.#pictures = this.#pictures.slice(0, picture + 1);
      return;
    }
  }

  /** What the quantized model, as it is now, makes of the block. */
  #results(
    stage: number,
    pictures: readonly number[],
    wanted: readonly string[] = [],
  ): AsyncIterable<{ picture: number; values: Tensors }> {
    const { signal } = this.#plan.dependencies.context;
    return runOn(this.#quantized.segment(stage, wanted), pictures, (at) => this.#quantized.known(at), signal);
  }

  async #tune(
    stage: number,
    block: Block,
    ports: BlockPorts,
    targets: TensorStore,
    cost: Pick<BlockProblem, 'macs' | 'blockSize'>,
  ): Promise<Tried> {
    const { runtime, context } = this.#plan.dependencies;
    const { shapes, powers, pictures } = await this.#look(ports, targets);
    const heldOut = pictures.filter(isHeldOut);
    const train = pictures.filter((at) => !isHeldOut(at));
    if (heldOut.length === 0) return { block, before: 0, after: 0, reason: 'there are too few calibration pictures of one size' };
    const loss = (): Promise<number[]> => this.#losses(stage, ports, targets, heldOut, powers);
    const before = mean(await loss());
    const outputs = outputsBehind(this.#plan.model.graph, block.layers);
    const outputsBefore = await this.#outputError(stage, heldOut, outputs);
    const layers = block.layers.map((node) => tunedLayer(this.#plan, this.#integers.get(node)!, this.#layers.get(node)!));
    const problem: BlockProblem = {
      simulation: this.#simulation,
      ports,
      layers,
      scales: freeScales(this.#plan, block),
      train,
      heldOut,
      shapes,
      powers,
      before,
      known: (picture) => this.#quantized.known(picture),
      target: (picture) => targets.read(picture),
      ...cost,
      stream: String(stage),
    };
    let found: Attempt | undefined;
    try {
      found = await attempt(problem, runtime, context);
    } catch (error) {
      // Operators without a gradient, shapes that depend on the picture: the block keeps what rounding by layer gave.
      if (!(error instanceof LatheError) || error.code === 'cancelled') throw error;
      return { block, before, after: before, reason: error.message };
    }
    if (!found) return { block, before, after: before };
    const old: Attempt = {
      layers: new Map(layers.map(({ node, start }) => [node, start])),
      scales: new Map([...found.scales.keys()].map((value) => [value, this.#schemes.get(value)!.scale])),
    };
    this.#take(found);
    const after = mean(await loss());
    const better = after < before && (await this.#outputError(stage, heldOut, outputs)) < outputsBefore;
    context.logger.debug(`block of ${block.layers.map(({ label }) => label).join(', ')}`, { before, after, better });
    if (better) return { block, before, after };
    this.#take(old);
    return { block, before, after: before };
  }

  /** Shapes of the first picture's values and the pictures that share them; variances of the float results over these. */
  async #look(
    ports: BlockPorts,
    targets: TensorStore,
  ): Promise<Pick<BlockProblem, 'shapes' | 'powers'> & { readonly pictures: readonly number[] }> {
    const shapesOf = async (picture: number): Promise<BlockProblem['shapes']> => {
      const [ours, theirs] = [await this.#quantized.known(picture), await targets.read(picture)];
      return {
        inputs: ports.inputs.map(({ source }) => ours[source.name]!.dims),
        outputs: ports.outputs.map(({ float }) => theirs[float]!.dims),
      };
    };
    const shapes = await shapesOf(this.#pictures[0]!);
    const powers = ports.outputs.map(() => new Power());
    const pictures: number[] = [];
    for (const picture of this.#pictures) {
      if (JSON.stringify(await shapesOf(picture)) !== JSON.stringify(shapes)) continue;
      pictures.push(picture);
      const values = await targets.read(picture);
      ports.outputs.forEach(({ float }, i) => powers[i]!.add(values[float]!));
    }
    return { shapes, powers: powers.map(({ variance }) => variance), pictures };
  }

  async #losses(
    stage: number,
    ports: BlockPorts,
    targets: TensorStore,
    pictures: readonly number[],
    powers: readonly number[],
  ): Promise<number[]> {
    // Scales may have changed since the ports were found.
    const sources = ports.outputs.map(({ quantized }) => sourceOf(this.#simulation.model.graph, quantized));
    const names = sources.map(({ name }) => name);
    const losses: number[] = [];
    for await (const { picture, values } of this.#results(stage, pictures, names)) {
      const wanted = await targets.read(picture);
      const terms = ports.outputs.map(({ float }, i) => {
        const theirs = wanted[float]!;
        return squaredDistance(values[names[i]!]!, sources[i]!, theirs) / theirs.data.length / powers[i]! / powers.length;
      });
      losses.push(terms.reduce((a, b) => a + b, 0));
    }
    return losses;
  }

  /** Mean squared error of these outputs of the model over their power: what a block is kept for in the end. */
  async #outputError(stage: number, pictures: readonly number[], names: readonly string[]): Promise<number> {
    const [errors, squares] = [names.map(() => 0), names.map(() => 0)];
    for await (const { picture, values } of this.#results(stage, pictures, names)) {
      const wanted = await this.#outputs!.read(picture);
      names.forEach((name, i) => {
        errors[i]! += squaredDistance(values[name]!, asIs, wanted[name]!);
        squares[i]! += (wanted[name]!.data as Float32Array).reduce((sum, value) => sum + value * value, 0);
      });
    }
    return errors.reduce((sum, error, i) => sum + error / (squares[i]! || 1), 0) / names.length;
  }

  /** Gives layers and activations what was found, in the simulation too. */
  #take({ layers, scales }: Attempt): void {
    for (const [node, layer] of layers) this.#layers.set(node, layer);
    const changed = new Set(layers.keys());
    for (const [value, scale] of scales) {
      this.#schemes.set(value, { ...this.#schemes.get(value)!, scale });
      this.#simulation.setScale(value, scale);
      // A bias is stored in units of its input's scale.
      for (const { node } of this.#plan.model.graph.users(value)) if (this.#layers.has(node)) changed.add(node);
    }
    for (const node of changed) {
      this.#layers.set(node, rescaledBias(this.#plan, this.#integers.get(node)!, this.#layers.get(node)!));
      this.#apply(node);
    }
  }

  #apply(node: Node): void {
    const { compute } = this.#integers.get(node)!;
    const { dims } = this.#plan.model.graph.constant(node.inputs[compute!.role.weight]!)!;
    this.#simulation.setLayer(node, compute!, dims, this.#layers.get(node)!);
  }
}

const asIs = { name: '', scale: 1, zeroPoint: 0 };

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
