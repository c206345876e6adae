import type { Context } from '../base/context.ts';
import { LatheError } from '../base/errors.ts';
import type { StaticPlan } from '../quantize/plan.ts';
import { variantsAt } from '../quantize/variant.ts';
import { shardRange } from '../statistics/collection.ts';
import { viewSteps } from '../evaluate/decode/view.ts';
import { estimate, shares } from './cost.ts';
import { Cuts } from './cuts.ts';
import { layersOf } from './layers.ts';
import { methodOf, metricOf } from './names.ts';
import { chunks, defaultMemory, pictureBytes } from './pictures.ts';
import { groupsOf } from './sweep.ts';
import { Rows } from './rows.ts';
import type { AnalysisPart, AnalyzeDependencies, AnalyzeRequest, LayerInfo } from './types.ts';

/**
 * Measures what quantizing single layers of a plan does, picture by picture: `analysisOf` makes figures of it. The plan's own widths do not
 * matter, its statistics do. Memory: `memory` for activations and pictures, the weights of the model once for each width as integers and
 * about three times in sessions, and some bytes for each layer, width and picture. Deterministic whatever threads and memory.
 * Throws `analyze.*`, what the metric and reading pictures throw, and Cancelled.
 */
export async function analyze(plan: StaticPlan, request: AnalyzeRequest, deps: AnalyzeDependencies): Promise<AnalysisPart> {
  const method = methodOf(request.method);
  const metric = metricOf(request.metric, method);
  const { dataset, widths, shard = { index: 0, of: 1 } } = request;
  checkWidths(request);
  const measure = metric.on({ task: request.task, dataset });
  const view = request.decode ? viewSteps(plan.model) : [];
  const setting = {
    decode: request.decode,
    match: request.match,
    input: dataset.input,
    classes: dataset.classes,
    ...(view.length ? { view } : {}),
  };
  const { layers, notAnalyzed } = layersOf(plan, widths, request.layers);
  if (layers.length === 0) throw nothingToAnalyze(plan, notAnalyzed);
  const cuts = new Cuts(plan.model);
  const range = shardRange(dataset.samples.length, shard.index, shard.of);
  const places = layers.map(({ node }) => cuts.positionOf(node));
  const share = shares(plan, cuts);
  const sum = (runs: readonly number[]): number => runs.reduce((total, place) => total + share(place), 0);
  const shared = sum(method.runs(places, 0));
  const passes = { shared, each: sum(method.runs(places, 1)) - shared };
  const total = (shared + widths.length * passes.each) * (range.to - range.from);
  request.estimated?.(await estimate({ plan, cuts, dataset, range, layers: layers.length, widths: widths.length, passes: total }, deps));
  const variants = [];
  for (const width of widths) variants.push(await variantsAt(plan, width));
  const rows = new Rows(widths.length, layers.length, method.baseline === 'float' ? 1 : method.baseline ? widths.length : 0);
  const progress = progressOf(deps.context, total, share);
  const bytes = pictureBytes(plan.model, cuts, groupsOf(places));
  const given = chunks(
    { dataset, range: request.onlyEstimate ? { from: 0, to: 0 } : range, context: deps.context },
    bytes,
    request.memory ?? defaultMemory,
  );
  const part = (): AnalysisPart => ({
    kind: 'lathe-analysis',
    version: 1,
    model: plan.model.path ?? '',
    content: request.content ?? '',
    method: method.name,
    metric: metric.name,
    measure: measure.name,
    setting,
    widths,
    shard,
    layers: layers.map(({ name, op, parameters, macs }): LayerInfo => ({ name, op, parameters, macs })),
    notAnalyzed,
    samples: rows.samples,
    rows: rows.layers,
    base: rows.base,
    passes,
    warnings: [],
  });
  const tell = soFarOf(request, deps.context, part);
  const ran = (place: number): void => {
    progress(place);
    tell?.();
  };
  await method.run({ plan, cuts, layers, variants, measure, setting, deps, chunks: given, rows, ran });
  return part();
}

function checkWidths({ widths }: AnalyzeRequest): void {
  if (widths.length > 0 && widths.every(({ weights, activations }) => weights !== 'float' || activations !== 'float')) return;
  throw new LatheError('analyze.bits', 'there is no width to try layers at', { hint: 'Give --bits 8, or 8,6,4.' });
}

function nothingToAnalyze({ model }: StaticPlan, others: readonly { name: string; reason: string }[]): LatheError {
  const first = others[0] ? `; ${JSON.stringify(others[0].name)}: ${others[0].reason}` : '';
  return new LatheError('analyze.nothing', `no layer of this model can be quantized${first}`, { file: model.path });
}

/** Milliseconds between two looks at what is known so far; a look that took long makes the next one wait longer. */
const lookEvery = 1000;
const lookShare = 20;

function soFarOf({ soFar }: AnalyzeRequest, { clock }: Context, part: () => AnalysisPart): (() => void) | undefined {
  let next = clock.monotonic() + lookEvery;
  return (
    soFar &&
    (() => {
      const now = clock.monotonic();
      if (now < next) return;
      const known = part();
      if (known.rows.some((layers) => layers.some((rows) => rows.length > 0))) soFar(known);
      const after = clock.monotonic();
      next = after + Math.max(lookEvery, lookShare * (after - now));
    })
  );
}

/** Reports in whole runs of the model, of which a layer near the end takes a small part. */
function progressOf({ progress }: Context, total: number, share: (place: number) => number): (place: number) => void {
  const all = Math.max(1, Math.ceil(total));
  let done = 0;
  let shown = -1;
  return (place) => {
    done += share(place);
    const whole = Math.min(all, Math.floor(done));
    if (whole === shown) return;
    shown = whole;
    progress.report({ phase: 'analyze', done: whole, total: all, unit: 'runs' });
  };
}
