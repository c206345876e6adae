import type {
  ModelCurvePoint,
  ModelShare,
  SearchedChannels,
  SearchedLayer,
  SearchedModel,
  SearchPoint,
  SearchSummary,
} from '../../../protocol/results/search.ts';
import type { Metric } from '../../evaluate/metric.ts';
import { bitsOf, budgetUnits, bytesOf, limitOf, type Width } from '../budget.ts';
import type { Score } from '../judge.ts';
import { someOf, type Portion, type Share } from './fronts.ts';
import { narrowedLayer, sizesOf, type Sizes } from './sizes.ts';
import type { ShareRequest } from './request.ts';
import type { Candidate, Known } from './share.ts';

export interface SummaryRequest {
  readonly request: ShareRequest;
  readonly known: Known;
  /** The one that was taken first. */
  readonly candidates: readonly Candidate[];
  readonly metric: Metric | undefined;
  readonly channels: readonly SearchedChannels[];
  readonly notes: readonly string[];
}

/** Points of fronts that are told. */
const told = 33;

/** What was found, with the front, what was compared with, and what each model gets. */
export function summaryOf({ request, known, candidates, metric, channels, notes }: SummaryRequest): SearchSummary {
  const { budget, models } = request;
  const { uniform8, all } = known;
  const [found, ...others] = candidates as [Candidate, ...Candidate[]];
  const whole = uniform8.reduce((sum, one) => sum + one, 0);
  const shares = new Shares(request, known, metric);
  const { metric: name, unit, samples } = found.score;
  return {
    method: 'shared',
    budget: {
      kind: budget.kind,
      limit: budget.kind === 'drop' ? budget.value : limitOf(budget, whole),
      unit: budget.kind === 'drop' ? unit : budgetUnits[budget.kind],
      uniform8: whole,
    },
    metric: name,
    unit,
    samples,
    found: shares.point({ ...found, name: 'found' }),
    compared: others.map((one) => shares.point(one)),
    front: someOf(all, told).map((share, i) => shares.point({ name: `point ${i + 1}`, share })),
    layers: shares.layers(found.share),
    models: models.map((_, at) => shares.model(at)),
    ...(channels.length ? { channels: [...channels] } : {}),
    notes: [...new Set(notes)],
  };
}

class Shares {
  readonly #whole: Sizes;

  constructor(
    private readonly request: ShareRequest,
    private readonly known: Known,
    private readonly metric: Metric | undefined,
  ) {
    this.#whole = sizesOf(request.judged.model);
  }

  point({ name, share, score, cost = share.cost }: Pick<Candidate, 'name' | 'share'> & Partial<Candidate>): SearchPoint {
    const whole = this.known.uniform8.reduce((sum, one) => sum + one, 0);
    return {
      name,
      cost,
      percent: (100 * cost) / whole,
      bytes: share.portions().reduce((sum, portion, at) => sum + this.#bytes(at, portion), 0),
      predicted: share.error,
      ...(score ? this.#figures(score) : {}),
      models: share.portions().map((portion, at) => this.#modelShare(at, portion)),
    };
  }

  layers(found: Share): SearchedLayer[] {
    return found.portions().flatMap((portion, at) => {
      const { layers, errorAt } = this.known.measured[at]!;
      const chosen = portion.choices();
      return layers.map(({ name, op, parameters, macs, own, fixed }, layer): SearchedLayer => ({
        name,
        op,
        parameters,
        macs,
        weights: own[chosen[layer]!]!,
        errors: Object.fromEntries(own.map((width) => [String(width), errorAt(name, width)])),
        ...(fixed ? { fixed: true as const } : {}),
      }));
    });
  }

  model(at: number): SearchedModel {
    const { fronts, uniform8, measured } = this.known;
    const { widths, narrow } = measured[at]!;
    const curve: ModelCurvePoint[] = [
      ...widths.map(({ weights, score }) => ({ weights, cost: this.#uniformCost(at, 0, weights), ...this.#figures(score) })),
      ...narrow.map(({ ratio, score }, i) => ({ removed: ratio, cost: this.#uniformCost(at, i + 1, 8), ...this.#figures(score) })),
    ];
    return {
      model: this.request.models[at]!,
      uniform8: uniform8[at]!,
      curve,
      front: someOf(fronts[at]!, told).map(({ cost, error }) => ({ cost, predicted: error })),
    };
  }

  #modelShare(at: number, portion: Portion): ModelShare {
    const layers = this.#left(at, portion.option);
    const chosen = portion.choices();
    const elements = layers.reduce((sum, layer) => sum + layer.elements, 0);
    const bits = layers.reduce((sum, layer, i) => sum + layer.elements * bitsOf(layer.own[chosen[i]!]!), 0);
    return {
      model: this.request.models[at]!,
      cost: portion.cost,
      percent: (100 * portion.cost) / this.known.uniform8[at]!,
      removed: portion.option === 0 ? 0 : this.known.measured[at]!.narrow[portion.option - 1]!.ratio,
      bits: elements > 0 ? bits / elements : 0,
      predicted: portion.error,
    };
  }

  #bytes(at: number, portion: Portion): number {
    const chosen = portion.choices();
    return this.#left(at, portion.option).reduce((sum, layer, i) => sum + bytesOf(layer, layer.own[chosen[i]!]!), 0);
  }

  /** What an option leaves of a model's layers. */
  #left(at: number, option: number): Known['layers'][number] {
    const { layers, narrow } = this.known.measured[at]!;
    return option === 0 ? layers : layers.map((layer) => narrowedLayer(layer, this.#whole, narrow[option - 1]!.sizes));
  }

  /** Every open layer at one width. */
  #uniformCost(at: number, option: number, width: Width): number {
    const { costs, options } = this.known;
    const layers = this.#left(at, option);
    return layers.reduce((sum, layer) => sum + costs.of(layer, layer.fixed ? layer.own[0]! : width), options[at]![option]!.cost);
  }

  #figures(score: Score): Pick<ModelCurvePoint, 'measured' | 'value' | 'loss'> {
    return { measured: score.noise, ...(this.metric ? { value: score.value, loss: score.loss } : {}) };
  }
}
