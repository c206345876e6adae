import { LatheError } from '../../base/errors.ts';
import type { Model } from '../../onnx/graph.ts';
import type { Removal } from '../../prune/groups/types.ts';
import { budgetUnits, limitOf, type Width } from '../budget.ts';
import { evenly } from '../evenly.ts';
import { Judge, type Score } from '../judge.ts';
import { layerErrors, sensitivityPictures } from '../layer-errors.ts';
import { Mixes } from '../mixes.ts';
import { floatBits } from '../weight-sizes.ts';
import { unbeaten } from '../states.ts';
import { isBetter, staged, type Found } from '../search.ts';
import { shareCosts, type ShareCosts } from './costs.ts';
import { narrowCurve, widthCurve } from './curves.ts';
import { frontOfAll, frontOfOption, someOf, withinBudget, type Option, type Portion, type Share } from './fronts.ts';
import { layersByModel, optionsOf, uniform8Of, type LayersByModel, type MeasuredModel } from './problem.ts';
import type { ShareRequest, ShareTools } from './request.ts';
import { summaryOf } from './summary.ts';

/** Times that a budget of measured costs is planned for with half of what is above the least. */
const mostRounds = 7;

/** Mixes of parts, other than the one that adds up best, that are measured beside it. */
const otherMixes = 3;

/** Points of the front that an allowed loss is looked for among. */
const frontPoints = 33;

/** A share with its real figures. */
export interface Candidate {
  readonly name: string;
  readonly share: Share;
  readonly score: Score;
  /** Measured, where costs do not add up. */
  readonly cost?: number;
}

/** What all is chosen from. */
export interface Known {
  readonly layers: LayersByModel;
  readonly measured: readonly MeasuredModel[];
  readonly costs: ShareCosts;
  readonly options: readonly (readonly Option[])[];
  readonly fronts: readonly (readonly Portion[])[];
  readonly all: readonly Share[];
  readonly uniform8: readonly number[];
}

/**
 * Shares a budget out between the models of a chain: widths of layers and parts of channels, so that the answer of the whole changes least, or the fewest bytes within an allowed
 * loss. What single layers and models cost the answer is measured alone and added up; the best by that sum and its rivals (each model alone with the same per cent, equal widths,
 * other mixes of parts) are made as the recipe says and measured on all validation pictures, and the best is taken. Throws `search.*` for a budget that nothing keeps, what
 * pruning, quantizing and measuring throw, and Cancelled.
 */
export async function shareOut(request: ShareRequest, tools: ShareTools): Promise<Found> {
  const { runtime, context } = tools;
  const { judged } = request;
  const few = { ...judged, dataset: evenly(judged.dataset, sensitivityPictures) };
  const judge = await Judge.open(judged, { runtime, context }, 'optional');
  const quick = await Judge.open(few, { runtime, context }, 'optional');
  try {
    const stage = { done: 0 };
    const quiet = { ...tools, context: staged(context, stage) };
    const known = await measureAll(request, quiet, quick, stage);
    stage.done = 3;
    return await new Sharing(request, quiet, judge, known).run();
  } finally {
    await judge.dispose();
    await quick.dispose();
  }
}

async function measureAll(request: ShareRequest, tools: ShareTools, judge: Judge, stage: { done: number }): Promise<Known> {
  const { widths, base, judged, models } = request;
  const { context, runtime, narrowing } = tools;
  const { model } = judged;
  // Rounding layers together, one after another, makes up for what those before have lost: alone a layer's error would mean nothing.
  const plan = base && (await tools.variants(model).plan({ settings: { weights: 8, round: 'nearest' }, layers: {} }, context));
  const layers = layersByModel(model, models, { plan, base, widths, narrows: narrowing !== undefined });
  const numbers = [...new Set([...widths, ...layers.flat().flatMap(({ own }) => own)])].filter((width) => typeof width === 'number');
  stage.done = 1;
  const activations = base?.settings.activations ?? 'float';
  const asked = numbers.map((weights) => ({ weights: weights as never, activations }));
  const errors = plan && numbers.length ? await layerErrors(plan, asked, judged.dataset, { runtime, context }) : [];
  const byName = new Map(errors.map((row) => [row.name, row.errors]));
  const errorAt = (name: string, width: Width): number => (width === 'float' ? 0 : (byName.get(name)?.[numbers.indexOf(width)] ?? 0));
  const costs = await shareCosts(request, layers.flat(), plan, tools);
  const mixes = plan && (await Mixes.of(plan, numbers, judge));
  stage.done = 2;
  const measured: MeasuredModel[] = [];
  for (const [at, own] of layers.entries()) {
    const tried = mixes ? await widthCurve(own, widths, { mixes, judge, context }) : [];
    const narrow = narrowing ? await narrowCurve(models[at]!, narrowing, { judge, costs, context }) : [];
    measured.push({ layers: own, errorAt, widths: tried, narrow });
  }
  const options = measured.map((one) => optionsOf(one, model, costs));
  const fronts: Portion[][] = [];
  for (const own of options) {
    const each: Portion[][] = [];
    for (const option of own.keys()) each.push(await frontOfOption(own, option, context.signal));
    fronts.push(unbeaten(each.flat()));
  }
  const all = await frontOfAll(fronts, context.signal);
  return { layers, measured, costs, options, fronts, all, uniform8: layers.map((own) => uniform8Of(own, costs)) };
}

/** Proposals, measured, and the best of them. */
class Sharing {
  readonly #scores = new Map<string, Promise<Score>>();
  readonly #real = new Map<string, number>();
  readonly #notes: string[];

  constructor(
    private readonly request: ShareRequest,
    private readonly tools: ShareTools,
    private readonly judge: Judge,
    private readonly known: Known,
  ) {
    this.#notes = [...known.costs.notes, ...(tools.narrowing?.notes ?? [])];
  }

  async run(): Promise<Found> {
    const { budget } = this.request;
    const candidates = budget.kind === 'drop' ? await this.#smallest() : await this.#best();
    const [found] = candidates as [Candidate];
    const widths = this.#widths(found.share).filter(([name]) => !this.#isFixed(name));
    const removal = this.#removal(found.share);
    const channels = this.tools.narrowing?.channels(removal) ?? [];
    const summary = summaryOf({
      request: this.request,
      known: this.known,
      candidates,
      metric: this.judge.metric,
      channels,
      notes: this.#notes,
    });
    return { widths, channels: channels.map(({ name, before, after }) => [name, 1 - after / before] as const), summary };
  }

  /** Within a budget: all that keep it, measured, the best first. */
  async #best(): Promise<Candidate[]> {
    const limit = limitOf(this.request.budget, sum(this.known.uniform8));
    const least = this.known.all[0]!.cost;
    // Costs that do not add up are measured, and less is planned for until what is proposed fits.
    for (let [round, planned] = [1, limit]; ; round++, planned = least + (planned - least) / 2) {
      const proposals = await this.#proposals(planned, limit);
      const fitting: typeof proposals = [];
      for (const proposal of proposals) if ((await this.#cost(proposal.share)) <= limit) fitting.push(proposal);
      if (fitting.length === 0 && round < mostRounds) continue;
      if (fitting.length === 0) this.#notes.push('Nothing was measured to keep the budget: the closest by the sum of its parts was taken.');
      const candidates: Candidate[] = [];
      for (const { name, share } of fitting.length ? fitting : proposals) candidates.push(await this.#candidate(name, share));
      const best = candidates.reduce((a, b) => (isBetter(b.score, a.score) ? b : a));
      if (best !== candidates[0]) this.#notes.push(`Measured, ${best.name} does better than ${candidates[0]!.name}: it was taken.`);
      return [best, ...candidates.filter((one) => one !== best)];
    }
  }

  /** Within an allowed loss: the cheapest of the front that keeps it, by bisection, since errors fall along the front. */
  async #smallest(): Promise<Candidate[]> {
    const { value: drop } = this.request.budget;
    if (!this.judge.metric) {
      throw new LatheError('search.metric', 'an allowed loss needs a metric, and the validation pictures fit none', {
        hint: 'Give labels, boxes or pairs, or a budget of bytes.',
      });
    }
    const front = someOf(this.known.all, frontPoints);
    let [low, high] = [-1, front.length - 1];
    const tried = [await this.#candidate('the best of all', front[high]!)];
    let best = tried[0]!;
    if (best.score.loss > drop) {
      this.#notes.push(
        `Nothing keeps the loss below ${drop} ${best.score.unit}: the nearest is ${Number(best.score.loss.toFixed(3))}, with the least error of all.`,
      );
      return tried;
    }
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      const candidate = await this.#candidate(`point ${middle + 1} of the front`, front[middle]!);
      tried.push(candidate);
      if (candidate.score.loss <= drop) [high, best] = [middle, candidate];
      else low = middle;
    }
    return [best, ...tried.filter((one) => one !== best)];
  }

  /** What adds up best within the budget, and its rivals. Throws `search.budget`. */
  async #proposals(planned: number, limit: number): Promise<{ name: string; share: Share }[]> {
    const { all, fronts, uniform8 } = this.known;
    // A step that quantizes has to find something to do, also where the float chain would fit.
    const best = all.findLast((share) => share.cost <= planned && this.#quantizes(share)) ?? withinBudget(all, planned);
    if (!best) throw this.#tooSmall(limit);
    const alone = fronts.map((front, model) => withinBudget(front, (planned * uniform8[model]!) / sum(uniform8)));
    const rivals = [
      ...(fronts.length > 1 && alone.every((one) => one !== undefined) ? [{ name: 'each alone', share: joined(alone) }] : []),
      ...this.#uniforms()
        .filter(({ share }) => share.cost <= planned && this.#quantizes(share))
        .slice(-1),
      ...(await this.#otherMixes(best, planned)),
    ];
    const proposals = [{ name: 'shared', share: best }, ...rivals];
    const firsts = new Set(new Map([...proposals].reverse().map((one) => [this.#key(one.share), one])).values());
    return proposals.filter((one) => firsts.has(one));
  }

  /** Parts of channels that go may not add up with widths: the next best with another part of one model. */
  async #otherMixes(best: Share, planned: number): Promise<{ name: string; share: Share }[]> {
    const { fronts, options } = this.known;
    const { signal } = this.tools.context;
    const found: Share[] = [];
    for (const [model, { option: taken }] of best.portions().entries()) {
      for (const option of options[model]!.keys()) {
        if (option === taken) continue;
        const own = await frontOfOption(options[model]!, option, signal);
        const share = withinBudget(await frontOfAll(fronts.with(model, own), signal), planned);
        if (share) found.push(share);
      }
    }
    return found
      .sort((a, b) => a.error - b.error)
      .slice(0, otherMixes)
      .map((share, i) => ({ name: `other parts ${i + 1}`, share }));
  }

  /** Equal widths for all layers that may have them, narrowest first, with all channels. */
  #uniforms(): { name: string; share: Share }[] {
    const { layers, options } = this.known;
    return this.request.widths.flatMap((width) => {
      const taken = layers.map((own) => own.map((layer) => (layer.fixed ? 0 : layer.own.indexOf(width))));
      if (taken.flat().includes(-1)) return [];
      const portions = taken.map((choices, model): Portion => {
        const chosen = choices.map((choice, layer) => options[model]![0]!.layers[layer]![choice]!);
        return {
          option: 0,
          choices: () => choices,
          cost: sum(chosen.map(({ cost }) => cost)),
          error: sum(chosen.map(({ error }) => error)),
        };
      });
      return [{ name: width === 'float' ? 'all float' : `uniform ${width}`, share: joined(portions) }];
    });
  }

  async #candidate(name: string, share: Share): Promise<Candidate> {
    const cost = this.#real.get(this.#key(share));
    return { name, share, score: await this.#score(share), ...(cost === undefined ? {} : { cost }) };
  }

  /** As it is, where costs are measured; else the sum. */
  async #cost(share: Share): Promise<number> {
    const { real } = this.known.costs;
    if (!real) return share.cost;
    const key = this.#key(share);
    const found = this.#real.get(key) ?? (await real(await this.#made(share)));
    this.#real.set(key, found);
    return found;
  }

  #score(share: Share): Promise<Score> {
    const key = this.#key(share);
    const found = this.#scores.get(key) ?? this.#made(share).then((model) => this.judge.measure(model, undefined, this.tools.context));
    this.#scores.set(key, found);
    return found;
  }

  /** Cut and quantized as the recipe would be. */
  async #made(share: Share): Promise<Model> {
    const { base, judged } = this.request;
    const { narrowing, variants, context } = this.tools;
    const removal = this.#removal(share);
    const left = removal.size && narrowing ? await narrowing.without(removal, 'all') : judged.model;
    if (!base) return left;
    const layers = Object.fromEntries(this.#widths(share).flatMap(([name, weights]) => (this.#isFixed(name) ? [] : [[name, { weights }]])));
    if (!this.#quantizes(share)) return left;
    return (await variants(left).quantized({ settings: {}, layers }, context)).model;
  }

  #removal(share: Share): Removal {
    const { measured } = this.known;
    return new Map(
      share.portions().flatMap(({ option }, model) => (option === 0 ? [] : [...measured[model]!.narrow[option - 1]!.removal])),
    );
  }

  #widths(share: Share): (readonly [layer: string, width: Width])[] {
    return share.portions().flatMap((portion, model) => {
      const own = this.known.layers[model]!;
      return portion.choices().map((choice, layer) => [own[layer]!.name, own[layer]!.own[choice]!] as const);
    });
  }

  /** Whether any layer is rounded; those that came with integers and are left alone are not. */
  #quantizes(share: Share): boolean {
    const left = new Set(
      this.known.layers.flat().flatMap(({ name, fixed, activations }) => (fixed && activations === floatBits ? [name] : [])),
    );
    return this.#widths(share).some(([name, width]) => width !== 'float' && !left.has(name));
  }

  #isFixed(name: string): boolean {
    return this.known.layers.some((own) => own.some((layer) => layer.name === name && layer.fixed));
  }

  #key(share: Share): string {
    return JSON.stringify(share.portions().map((portion) => [portion.option, portion.choices()]));
  }

  #tooSmall(limit: number): LatheError {
    const { kind } = this.request.budget;
    const least = this.known.all[0]!.cost;
    const part = (100 * least) / sum(this.known.uniform8);
    return new LatheError('search.budget', `nothing that may be chosen keeps a budget of ${amount(limit)} ${budgetUnits[kind]}`, {
      hint: `The nearest that can be had is ${amount(least)} (${part.toFixed(1)} % of the whole at 8 bits); allow narrower widths, or more channels to go.`,
    });
  }
}

const amount = (value: number): string => (value < 100 ? String(Math.ceil(value * 1000) / 1000) : String(Math.ceil(value)));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const joined = (portions: readonly (Portion | undefined)[]): Share => {
  const all = portions as readonly Portion[];
  return { cost: sum(all.map(({ cost }) => cost)), error: sum(all.map(({ error }) => error)), portions: () => all };
};
