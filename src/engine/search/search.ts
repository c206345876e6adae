import type { SearchBudget } from '../../protocol/job.ts';
import type { SearchedLayer, SearchPoint, SearchSummary } from '../../protocol/results/search.ts';
import type { Context } from '../base/context.ts';
import { LatheError } from '../base/errors.ts';
import type { QuantizeRequest, QuantizeResult } from '../quantize/types.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { budgetUnits, bytesOf, limitOf, type Width } from './budget.ts';
import { layerCosts, type Costs } from './costs.ts';
import { evenly } from './evenly.ts';
import { paretoFront } from './front.ts';
import { Judge, type JudgeRequest, type Score } from './judge.ts';
import { layerErrors, sensitivityPictures } from './layer-errors.ts';
import { factsOf, type SearchedFacts } from './layers.ts';
import { Mixes } from './mixes.ts';
import { searchMethods } from './methods/index.ts';
import { costOf, errorOf, type Assignment, type Choice, type SearchMethod } from './problem.ts';
import type { Variants } from './variants.ts';

export interface SearchRequest {
  readonly budget: SearchBudget;
  readonly method: SearchMethod;
  /** Widths that layers may get, rising, `float` last; those that the target refuses are not among them. */
  readonly widths: readonly Width[];
  /** Settings of the recipe's quantize step, and what its `layers` say. */
  readonly base: QuantizeRequest;
  readonly judged: JudgeRequest;
}

export interface SearchTools {
  readonly variants: Variants;
  readonly runtime: Runtime;
  readonly context: Context;
}

/** What was found. Plain data. */
export interface Found {
  /** By layer name, in the order of the graph; layers that the recipe had fixed are not among them. */
  readonly widths: readonly (readonly [layer: string, width: Width])[];
  /** Of layers that lose channels: the part that goes. */
  readonly channels?: readonly (readonly [layer: string, part: number])[];
  readonly summary: SearchSummary;
}

/** Times that a budget of measured costs is planned for with half of what is above the least. */
const mostRounds = 7;

/** Points of the front whose error is measured with all layers at their widths. */
const measuredPoints = 8;

/**
 * Chooses a width for every layer so that the outputs change least within the budget, or with the fewest bytes within the allowed loss.
 * What single layers cost is measured alone and added up; what the methods propose is then quantized as the recipe says and measured
 * on all validation pictures, beside equal widths for all layers, and the best is taken. Throws `search.*` for a budget that nothing
 * keeps, what quantizing and measuring throw, and Cancelled.
 */
export async function searchWidths(request: SearchRequest, tools: SearchTools): Promise<Found> {
  const { runtime, context } = tools;
  const { judged } = request;
  const few = { ...judged, dataset: evenly(judged.dataset, sensitivityPictures) };
  const [judge, quick] = [
    await Judge.open(judged, { runtime, context }, 'optional'),
    await Judge.open(few, { runtime, context }, 'optional'),
  ];
  try {
    const stage = { done: 0 };
    return await new Search(request, { ...tools, context: staged(context, stage) }, judge, quick, stage).run();
  } finally {
    await judge.dispose();
    await quick.dispose();
  }
}

/** Ranges, layers alone, proposals, the front: what a search is made of takes turns of unlike length. */
const stages = 4;

/** Progress in stages, with what is being done in each. */
export const staged = (context: Context, stage: { readonly done: number }): Context => ({
  ...context,
  progress: {
    report: ({ phase, done, total }) =>
      context.progress.report({ phase: `search, ${phase} ${done}/${total}`, done: stage.done, total: stages, unit: 'stages' }),
  },
});

/** An assignment with its real figures. */
interface Candidate {
  readonly name: string;
  readonly taken: Assignment;
  readonly score: Score;
}

class Search {
  #layers: readonly SearchedFacts[] = [];
  #choices: readonly (readonly Choice[])[] = [];
  #uniform8 = 0;
  readonly #scores = new Map<string, Promise<Score>>();
  /** Measured costs. */
  readonly #real = new Map<string, number>();
  #costs: Costs | undefined;
  readonly #notes: string[] = [];

  constructor(
    private readonly request: SearchRequest,
    private readonly tools: SearchTools,
    private readonly judge: Judge,
    private readonly quick: Judge,
    private readonly stage: { done: number },
  ) {}

  async run(): Promise<Found> {
    const { budget, widths, base, judged } = this.request;
    const { variants, context, runtime } = this.tools;
    // Rounding layers together, one after another, makes up for what those before have lost: alone a layer's error would mean nothing.
    const plan = await variants.plan({ settings: { weights: 8, round: 'nearest' }, layers: {} }, context);
    const layers = factsOf(plan, base, widths);
    const numbers = [...new Set([...widths, ...layers.flatMap(({ own }) => own)])].filter((width) => typeof width === 'number');
    const { activations } = base.settings;
    this.stage.done = 1;
    const errors = await layerErrors(
      plan,
      numbers.map((weights) => ({ weights: weights as never, activations })),
      judged.dataset,
      { runtime, context },
    );
    const byName = new Map(errors.map((row) => [row.name, row.errors]));
    this.#layers = layers.filter(({ name }) => byName.has(name));
    const errorAt = (name: string, width: Width): number => (width === 'float' ? 0 : byName.get(name)![numbers.indexOf(width)]!);
    const costs = await layerCosts(budget.kind, this.#layers, { ...this.tools, plan, base, judged });
    this.#costs = costs;
    this.#notes.push(...costs.notes);
    this.#choices = this.#layers.map((layer) =>
      layer.own.map((width) => ({ cost: costs.of(layer, width), error: errorAt(layer.name, width) })),
    );
    this.#uniform8 = this.#layers.reduce((sum, layer) => sum + costs.of(layer, layer.fixed ? layer.own[0]! : 8), 0);
    const mixes = await Mixes.of(plan, numbers, this.quick);
    this.stage.done = 2;
    const found = budget.kind === 'drop' ? await this.#smallest() : await this.#best(mixes);
    this.stage.done = 3;
    return { widths: this.#found(found.taken), summary: await this.#summary(found, mixes, errorAt) };
  }

  /** Within a budget: the proposals of all methods and equal widths, quantized and measured; the best of them. */
  async #best(mixes: Mixes): Promise<Candidate> {
    const { budget, method } = this.request;
    const limit = limitOf(budget, this.#uniform8);
    const least = this.#least();
    // Costs that do not add up are measured, and less is planned for until what a method proposes fits.
    for (let [round, planned] = [1, limit]; ; round++, planned = least + (planned - least) / 2) {
      const proposals = await this.#proposals(planned, mixes);
      const fitting: typeof proposals = [];
      for (const proposal of proposals) if ((await this.#cost(proposal.taken)) <= limit) fitting.push(proposal);
      const last = round === mostRounds;
      if (!last && !fitting.some(({ name }) => !name.startsWith('uniform'))) continue;
      if (fitting.length === 0)
        this.#notes.push('No mix was measured to keep the budget: the closest one by the sum of its layers was taken.');
      const candidates: Candidate[] = [];
      for (const { name, taken } of fitting.length ? fitting : proposals) candidates.push(await this.#candidate(name, taken));
      const best = candidates.reduce((a, b) => (isBetter(b.score, a.score) ? b : a));
      if (best.name !== method.name) this.#notes.push(`Measured, ${best.name} does better than ${method.name}: it was taken.`);
      return best;
    }
  }

  /** What every method makes of a budget, the one asked for first, and the widest of the equal widths that fit. */
  async #proposals(limit: number, mixes: Mixes): Promise<{ name: string; taken: Assignment }[]> {
    const { signal } = this.tools.context;
    const measure = (taken: Assignment): Promise<number> => mixes.noise(this.#widthsOf(taken), this.tools.context);
    const proposals: { name: string; taken: Assignment }[] = [];
    for (const method of new Set([this.request.method, ...searchMethods])) {
      const taken = await method.solve({ items: this.#choices, budget: limit }, { signal, measure });
      if (!taken) throw this.#tooSmall(limit);
      proposals.push({ name: method.name, taken });
    }
    const uniform = this.#uniforms().findLast(({ taken }) => costOf(this.#choices, taken) <= limit);
    // A budget that the float model keeps (a latency, where integers are slower here) needs no search: the widths asked for are then the widest of the others.
    const some = [...proposals, ...(uniform ? [uniform] : [])].filter(({ taken }) => this.#quantizes(taken));
    return some.length
      ? some
      : this.#uniforms()
          .filter(({ taken }) => this.#quantizes(taken))
          .slice(-1);
  }

  /** Whether any layer is to be rounded: without one there is nothing to write. */
  #quantizes(taken: Assignment): boolean {
    return taken.some((choice, i) => this.#layers[i]!.own[choice] !== 'float');
  }

  /** As it is, where costs are measured; else the sum. */
  async #cost(taken: Assignment): Promise<number> {
    const { real } = this.#costs!;
    if (!real) return costOf(this.#choices, taken);
    const key = taken.join();
    const found = this.#real.get(key) ?? (await real((await this.#quantized(taken)).model));
    this.#real.set(key, found);
    return found;
  }

  /** Within an allowed loss: the cheapest point of the front that keeps it, by bisection, since errors fall along the front. */
  async #smallest(): Promise<Candidate> {
    const { value: drop } = this.request.budget;
    if (!this.judge.metric) {
      throw new LatheError('search.metric', 'an allowed loss needs a metric, and the validation pictures fit none', {
        hint: 'Give labels, boxes or pairs, or a budget of bytes.',
      });
    }
    const front = await paretoFront(this.#choices, this.tools.context.signal);
    let [low, high] = [-1, front.length - 1];
    let best = await this.#candidate('the best of all widths', front[high]!.assignment);
    if (best.score.loss > drop) {
      this.#notes.push(`No mix of these widths keeps the loss below ${drop} ${best.score.unit}: the one with the least error was taken.`);
      return best;
    }
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      const tried = await this.#candidate('knapsack', front[middle]!.assignment);
      if (tried.score.loss <= drop) [high, best] = [middle, tried];
      else low = middle;
    }
    return best;
  }

  async #candidate(name: string, taken: Assignment): Promise<Candidate> {
    return { name, taken, score: await this.#score(taken) };
  }

  /** Quantized as the recipe would be and measured on all validation pictures. */
  #score(taken: Assignment): Promise<Score> {
    const key = taken.join();
    const found = this.#scores.get(key) ?? this.#measure(taken);
    this.#scores.set(key, found);
    return found;
  }

  async #measure(taken: Assignment): Promise<Score> {
    return this.judge.measure((await this.#quantized(taken)).model, undefined, this.tools.context);
  }

  #quantized(taken: Assignment): Promise<QuantizeResult> {
    const layers = Object.fromEntries([...this.#widthsOf(taken)].map(([name, weights]) => [name, { weights }]));
    return this.tools.variants.quantized({ settings: {}, layers }, this.tools.context);
  }

  /** Equal widths for all layers that may have them, narrowest first; fixed layers keep theirs. */
  #uniforms(): { name: string; taken: Assignment }[] {
    return this.request.widths.flatMap((width) => {
      const taken = this.#layers.map(({ own, fixed }) => (fixed ? 0 : own.indexOf(width)));
      return taken.every((choice) => choice >= 0) ? [{ name: `uniform ${width}`, taken }] : [];
    });
  }

  #widthsOf(taken: Assignment): Map<string, Width> {
    return new Map(taken.map((choice, i) => [this.#layers[i]!.name, this.#layers[i]!.own[choice]!]));
  }

  #found(taken: Assignment): Found['widths'] {
    return [...this.#widthsOf(taken)].filter((_, i) => !this.#layers[i]!.fixed);
  }

  async #summary(found: Candidate, mixes: Mixes, errorAt: (name: string, width: Width) => number): Promise<SearchSummary> {
    const { budget, method, widths } = this.request;
    const { context } = this.tools;
    const front = await paretoFront(this.#choices, context.signal);
    const every = Math.max(1, Math.ceil(front.length / measuredPoints));
    const points: SearchPoint[] = [];
    for (const [i, { assignment }] of front.entries()) {
      const point = this.#point(`point ${i + 1}`, assignment);
      const measured = i % every === 0 || i === front.length - 1;
      points.push(measured ? { ...point, measured: await mixes.noise(this.#widthsOf(assignment), context) } : point);
    }
    const compared: SearchPoint[] = [];
    for (const { name, taken } of this.#uniforms()) {
      const scored = this.#scores.get(taken.join());
      const measured = scored ? {} : { measured: await mixes.noise(this.#widthsOf(taken), context) };
      compared.push({ ...this.#point(name, taken, await scored), ...measured });
    }
    const chosen = this.#widthsOf(found.taken);
    const { metric, unit, samples } = found.score;
    return {
      method: method.name,
      budget: {
        kind: budget.kind,
        limit: budget.kind === 'drop' ? budget.value : limitOf(budget, this.#uniform8),
        unit: budget.kind === 'drop' ? unit : budgetUnits[budget.kind],
        uniform8: this.#uniform8,
      },
      metric,
      unit,
      samples,
      found: this.#point('found', found.taken, found.score),
      compared,
      front: points,
      layers: this.#layers.map(({ name, op, parameters, macs, own, fixed }): SearchedLayer => ({
        name,
        op,
        parameters,
        macs,
        weights: chosen.get(name)!,
        errors: Object.fromEntries((fixed ? own : widths).map((width) => [String(width), errorAt(name, width)])),
        ...(fixed ? { fixed: true as const } : {}),
      })),
      notes: this.#notes,
    };
  }

  #point(name: string, taken: Assignment, score?: Score): SearchPoint {
    const cost = this.#real.get(taken.join()) ?? costOf(this.#choices, taken);
    const figures = score && { measured: score.noise, ...(this.judge.metric ? { value: score.value, loss: score.loss } : {}) };
    return {
      name,
      cost,
      percent: (100 * cost) / this.#uniform8,
      bytes: taken.reduce((sum, choice, i) => sum + bytesOf(this.#layers[i]!, this.#layers[i]!.own[choice]!), 0),
      predicted: errorOf(this.#choices, taken),
      ...figures,
    };
  }

  #least(): number {
    return this.#choices.reduce((sum, choices) => sum + Math.min(...choices.map(({ cost }) => cost)), 0);
  }

  #tooSmall(limit: number): LatheError {
    const { budget } = this.request;
    const least = this.#least();
    const share = (100 * least) / this.#uniform8;
    return new LatheError('search.budget', `no mix of these widths keeps a budget of ${Math.floor(limit)} ${budgetUnits[budget.kind]}`, {
      hint: `The least that they take is ${Math.ceil(least)} (${share.toFixed(1)} % of the model at 8 bits); allow narrower ones with --widths.`,
    });
  }
}

/** By the metric where it tells them apart by more than its noise, else by what the outputs lost. */
export function isBetter(a: Score, b: Score): boolean {
  const sure = Math.max(...[a, b].map(({ confidence }) => (confidence[1] - confidence[0]) / 4));
  const gained = b.loss - a.loss;
  if (Number.isFinite(gained) && Math.abs(gained) > sure) return gained > 0;
  return a.noise < b.noise;
}
