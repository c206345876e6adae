import type { Dataset } from '../data/types.ts';
import { layerCosts } from '../ops/cost.ts';
import type { StaticPlan } from '../quantize/plan.ts';
import { pictureFeeder } from '../statistics/feed.ts';
import type { Cuts } from './cuts.ts';
import { PartSession } from './part-session.ts';
import type { AnalyzeDependencies, Estimate } from './types.ts';

/** How much of the whole model runs from a place on, by multiply-adds; by nodes where those are not known. */
export function shares(plan: StaticPlan, cuts: Cuts): (place: number) => number {
  const macs = new Map(layerCosts(plan.model, plan.shapes).map(({ node, macs }) => [node, macs ?? NaN]));
  const behind = new Float64Array(cuts.end + 1);
  const weigh = (weight: (place: number) => number): void => {
    for (let place = cuts.end - 1; place >= 0; place--) behind[place] = behind[place + 1]! + weight(place);
  };
  weigh((place) => macs.get(cuts.order[place]!) ?? 0);
  if (!(behind[0]! > 0)) weigh(() => 1);
  return (place) => behind[place]! / behind[0]!;
}

/** Runs that are timed, after one that is not. */
const timedRuns = 5;

/** Times a few runs of the model and what it takes to load it. */
export async function estimate(
  what: {
    readonly plan: StaticPlan;
    readonly cuts: Cuts;
    readonly dataset: Dataset;
    readonly range: { readonly from: number; readonly to: number };
    readonly layers: number;
    readonly widths: number;
    /** Whole runs for all pictures. */
    readonly passes: number;
  },
  deps: AnalyzeDependencies,
): Promise<Estimate> {
  const { plan, cuts, dataset, range, layers, widths, passes } = what;
  const { clock, signal } = deps.context;
  const samples = range.to - range.from;
  for await (const sample of dataset.stream({ signal, from: range.from, to: Math.min(range.from + 1, range.to) })) {
    const values = new Map(Object.entries(pictureFeeder(cuts.model)(sample)));
    const began = clock.monotonic();
    const session = await PartSession.open({ ...deps, cuts, shapes: plan.shapes }, { from: 0, to: cuts.end }, [], values);
    const load = clock.monotonic() - began;
    try {
      const times: number[] = [];
      for (let run = 0; run <= timedRuns; run++) {
        const start = clock.monotonic();
        await session.run(values);
        times.push(clock.monotonic() - start);
      }
      const run = times.slice(1).sort((a, b) => a - b)[timedRuns >> 1]!;
      // A trial's own session is a part of the whole (sweep.ts): a sixth of it on average.
      const milliseconds = passes * run + (layers * widths * load) / 6;
      return { layers, samples, forwardPasses: passes, seconds: milliseconds / 1000 };
    } finally {
      await session.dispose();
    }
  }
  return { layers, samples, forwardPasses: 0, seconds: 0 };
}
