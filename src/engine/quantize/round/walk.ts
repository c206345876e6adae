import { walkTwins, type StageVisit } from '../../layerwise/twin-walk.ts';
import type { Node } from '../../onnx/graph.ts';
import type { StaticPlan } from '../plan.ts';
import { LayerWork, type WalkLayer } from './layer-work.ts';
import { findPorts, sampleOf, type Ports } from './ports.ts';
import type { RoundedLayer } from './rounding.ts';
import { decodeRounding, encodeRounding } from './saved-rounding.ts';
import { Simulation } from './simulation.ts';

/**
 * Rounds layers in the order of the graph, each on what the quantized model gives it to read and on what the float model makes of the same
 * picture there. Memory: that of the walk, and the moments of one stage's layers.
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

class Walk {
  readonly #ports: readonly Ports[];
  readonly #copies: ReadonlySet<Node>;
  readonly #rounded = new Map<Node, RoundedLayer>();
  #savedAt: number;

  constructor(
    readonly plan: StaticPlan,
    layers: readonly WalkLayer[],
    readonly simulation: Simulation,
  ) {
    this.#savedAt = plan.dependencies.context.clock.monotonic();
    this.#ports = findPorts(plan.model.graph, layers, simulation);
    this.#copies = new Set(layers.map(({ integer }) => simulation.copyOf(integer.node)));
  }

  async run(): Promise<Map<Node, RoundedLayer>> {
    const { runtime, context, dataset } = this.plan.dependencies;
    const stageOf = new Map(this.#ports.map(({ layer, stage }) => [layer.integer.node, stage]));
    await this.#restore();
    await walkTwins({
      student: { model: this.simulation.model, stageOf: (node, read) => (this.#copies.has(node) ? read + 1 : read) },
      teacher: { model: this.plan.model, stageOf: (node, read) => stageOf.get(node) ?? read },
      stops: this.#ports.map((port) => ({ stage: port.stage, ...wantedBy(port), port })),
      dataset: dataset!,
      runtime,
      context,
      phase: 'round',
      visit: (stops) => this.#visit(stops.map(({ port }) => port)),
    });
    return this.#rounded;
  }

  #visit(ports: readonly Ports[]): StageVisit<{ readonly port: Ports }> {
    const waiting = ports.filter(({ layer }) => !this.#rounded.has(layer.integer.node));
    const works = new Map(waiting.map((port) => [port, new LayerWork(this.plan, port.layer)]));
    return {
      add: async ({ port }, student, teacher, index) => {
        await works.get(port)?.add(sampleOf(port, student, teacher), index);
      },
      finish: async () => {
        for (const [port, work] of works) {
          const { node } = port.layer.integer;
          const rounded = await work.finish();
          this.#rounded.set(node, rounded);
          this.plan.dependencies.context.logger.debug(`rounded ${node.label}`, { ...rounded.loss });
        }
        for (const { layer } of ports) {
          const { node, compute } = layer.integer;
          this.simulation.setLayer(node, compute!, layer.dims, this.#rounded.get(node)!);
        }
        if (works.size > 0) await this.#save();
      },
      dispose: async () => {
        for (const work of works.values()) await work.dispose();
      },
    };
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
}

/** Values that are read at a layer in the quantized model and in the float one. */
const wantedBy = ({ input, target, skip }: Ports): { readonly student: string[]; readonly teacher: string[] } => ({
  student: [input.name, ...(skip ? [skip.quantized.name] : [])],
  teacher: [target, ...(skip ? [skip.float] : [])],
});
