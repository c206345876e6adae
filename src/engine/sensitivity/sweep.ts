import { throwIfCancelled } from '../base/errors.ts';
import type { LoadedSample } from '../data/types.ts';
import type { Outputs } from '../evaluate/metric.ts';
import type { StaticPlan } from '../quantize/plan.ts';
import type { LayerVariant } from '../quantize/variant.ts';
import type { RuntimeTensor } from '../runtime/runtime.ts';
import { pictureFeeder } from '../statistics/feed.ts';
import type { Cuts } from './cuts.ts';
import type { PlanLayer } from './layers.ts';
import { PartSession } from './part-session.ts';
import { answers, batchOf } from './pictures.ts';
import type { AnalyzeDependencies } from './types.ts';

export interface SweepRequest {
  readonly plan: StaticPlan;
  /** Of the plan's model. */
  readonly cuts: Cuts;
  /** Layers to try, in the order of the graph. */
  readonly layers: readonly PlanLayer[];
  /** What layers of the model are while others are tried; those that are not listed are float. */
  readonly base: readonly LayerVariant[];
  /** What a layer becomes, one after another; `undefined`: float. The number of the trial is handed to the sink. */
  readonly trials: (layer: PlanLayer) => ReadonlyMap<number, LayerVariant | undefined>;
}

/** What the sweep hands out as it goes. Pictures are counted within their chunk. */
export interface SweepSink {
  base(picture: number, outputs: Outputs): void;
  trial(layer: PlanLayer, trial: number, picture: number, outputs: Outputs): void;
}

/**
 * The model is cut into this many stretches, at places that do not depend on pictures or machine. What follows a changed layer is the rest of
 * its stretch, made anew for each trial, and the stretches behind, which all trials share: sessions for whole tails would take as long
 * to make as a tenth of the running. Measured on ResNet-56, 64 pictures: 2 to 4 are equally good.
 */
const stretches = 3;

/** Values in front of so many layers are made in one go: that saves runs, and takes the memory of a few values more. */
const together = 4;

/** Layers whose values are made in one go. */
export const groupsOf = <T>(layers: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(layers.length / together) }, (_, i) => layers.slice(i * together, (i + 1) * together));

/**
 * Tries one layer at a time in a model: of each picture what is live in front of the layer is kept, and only what follows is run. Layers
 * come in the order of the graph, so that what is live in front of a few neighbours is all that is ever held of a picture. Each picture runs by itself: no
 * figure depends on which pictures share a chunk.
 */
export class Sweep {
  readonly #request: SweepRequest;
  readonly #deps: AnalyzeDependencies;
  readonly #base: ReadonlyMap<string, LayerVariant>;
  readonly #stations: readonly number[];
  #tails: PartSession[] = [];

  constructor(request: SweepRequest, deps: AnalyzeDependencies) {
    this.#request = request;
    this.#deps = deps;
    this.#base = new Map(request.base.map((variant) => [variant.output, variant]));
    this.#stations = stationsOf(request);
  }

  /** Runs all trials of all layers on some pictures. `ran` is told of each run, and the place it began at. */
  async run(samples: readonly LoadedSample[], sink: SweepSink, ran: (place: number) => void): Promise<void> {
    const { cuts, layers } = this.#request;
    const feed = pictureFeeder(cuts.model);
    const values = samples.map((sample) => new Map<string, RuntimeTensor>(Object.entries(feed(sample))));
    const batch = samples[0] ? batchOf(cuts.model, samples[0]) : 1;
    for (const [picture, of] of values.entries()) {
      throwIfCancelled(this.#deps.context.signal);
      sink.base(picture, answers(cuts.model, await this.#through(0, new Map(of)), batch));
      ran(0);
    }
    let place = 0;
    for (const group of groupsOf(layers)) {
      const places = group.map(({ node }) => cuts.positionOf(node));
      await this.#advance(values, place, places);
      for (const [i, layer] of group.entries()) await this.#tryLayer(layer, (place = places[i]!), values, batch, sink, ran);
    }
  }

  async dispose(): Promise<void> {
    for (const tail of this.#tails) await tail.dispose();
    this.#tails = [];
  }

  /** The answers from the station `first` on; `values` grows by what is made. */
  async #through(first: number, values: Map<string, RuntimeTensor>): Promise<Map<string, RuntimeTensor>> {
    for (let station = first; station < this.#stations.length - 1; station++) {
      const [from, to] = [this.#stations[station]!, this.#stations[station + 1]!];
      const tail = (this.#tails[station] ??= await this.#open({ from, to }, values));
      for (const [name, tensor] of Object.entries(await tail.run(values))) values.set(name, tensor);
    }
    return values;
  }

  /** Every picture's values in front of the next layers instead of the last ones. */
  async #advance(values: Map<string, RuntimeTensor>[], from: number, to: readonly number[]): Promise<void> {
    if (values.length === 0) return;
    const live = new Set(this.#request.cuts.liveAtAny(to));
    const part = await this.#open({ from, to }, values[0]!);
    try {
      for (const of of values) {
        throwIfCancelled(this.#deps.context.signal);
        const made = await part.run(of);
        for (const name of of.keys()) if (!live.has(name)) of.delete(name);
        for (const [name, tensor] of Object.entries(made)) of.set(name, tensor);
      }
    } finally {
      await part.dispose();
    }
  }

  async #tryLayer(
    layer: PlanLayer,
    place: number,
    values: readonly Map<string, RuntimeTensor>[],
    batch: number,
    sink: SweepSink,
    ran: (place: number) => void,
  ): Promise<void> {
    const { cuts, trials } = this.#request;
    const next = this.#stations.findIndex((station) => station > place);
    for (const [trial, variant] of trials(layer)) {
      const part = await this.#open({ from: place, to: this.#stations[next]! }, values[0]!, { layer, variant });
      try {
        for (const [picture, of] of values.entries()) {
          throwIfCancelled(this.#deps.context.signal);
          const changed = new Map([...of, ...Object.entries(await part.run(of))]);
          sink.trial(layer, trial, picture, answers(cuts.model, await this.#through(next, changed), batch));
          ran(place);
        }
      } finally {
        await part.dispose();
      }
    }
  }

  #open(
    place: { readonly from: number; readonly to: number | readonly number[] },
    values: ReadonlyMap<string, RuntimeTensor>,
    change?: { readonly layer: PlanLayer; readonly variant: LayerVariant | undefined },
  ): Promise<PartSession> {
    const { cuts, plan } = this.#request;
    const inside = new Map(this.#base);
    if (change) {
      inside.delete(change.layer.node.outputs[0]!);
      if (change.variant) inside.set(change.variant.output, change.variant);
    }
    return PartSession.open({ ...this.#deps, cuts, shapes: plan.shapes }, place, [...inside.values()], values);
  }
}

/**
 * Places between stretches that hold about as many of the plan's layers each, ends included; the same whichever layers are tried. Where few
 * values are live (behind a residual block, not inside of it) the least is copied, and no fusion is cut apart.
 */
function stationsOf({ cuts, plan }: SweepRequest): number[] {
  const positions = plan.placement.integerNodes.filter(({ compute }) => compute).map(({ node }) => cuts.positionOf(node));
  const at = (share: number): number => positions[Math.min(positions.length - 1, Math.round(share * positions.length))] ?? 0;
  const between = Array.from({ length: stretches - 1 }, (_, i) => {
    const share = (i + 1) / stretches;
    const reach = 1 / (4 * stretches);
    return narrowest(cuts, at(share - reach), at(share), at(share + reach));
  });
  return [...new Set([0, ...between, cuts.end])].sort((a, b) => a - b);
}

/** Of the places from `first` to `last` one with the fewest live values, the nearest to `wanted` of several. */
function narrowest(cuts: Cuts, first: number, wanted: number, last: number): number {
  let best = { place: wanted, live: cuts.live(wanted).length };
  for (let place = first; place <= last; place++) {
    const live = cuts.live(place).length;
    const nearer = Math.abs(place - wanted) < Math.abs(best.place - wanted);
    if (live < best.live || (live === best.live && nearer)) best = { place, live };
  }
  return best.place;
}
