import type { Context } from '../base/context.ts';
import { LatheError } from '../base/errors.ts';
import type { StaticPlan } from '../quantize/plan.ts';
import { variantsAt } from '../quantize/variant.ts';
import { shardRange } from '../statistics/collection.ts';
import { estimate, passes } from './cost.ts';
import { Cuts } from './cuts.ts';
import { layersOf, type PlanLayer } from './layers.ts';
import { findMethod, methods, plannedMethods } from './methods/index.ts';
import type { Method } from './methods/method.ts';
import { findMetric, metrics } from './metrics/index.ts';
import type { SensitivityMetric } from './metrics/metric.ts';
import { chunks, defaultMemory, pictureBytes } from './pictures.ts';
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
  const setting = { decode: request.decode, match: request.match, input: dataset.input, classes: dataset.classes };
  const { layers, notAnalyzed } = layersOf(plan, widths, request.layers);
  if (layers.length === 0) throw nothingToAnalyze(plan, notAnalyzed);
  const cuts = new Cuts(plan.model);
  const range = shardRange(dataset.samples.length, shard.index, shard.of);
  const cost = passes(
    plan,
    cuts,
    method.runs(
      layers.map(({ node }) => cuts.positionOf(node)),
      widths.length,
    ),
  );
  const variants = [];
  for (const width of widths) variants.push(await variantsAt(plan, width));
  if (request.estimated)
    request.estimated(await estimate({ plan, cuts, dataset, range, layers, widths: widths.length, passes: cost.total }, deps));
  const rows = new Rows(widths.length, layers.length, method.baseline === 'float' ? 1 : method.baseline ? widths.length : 0);
  const progress = progressOf(deps.context, layers, range, cost);
  const bytes = pictureBytes(plan.model, cuts);
  const given = chunks({ dataset, range, context: deps.context }, bytes, request.memory ?? defaultMemory);
  await method.run({ plan, cuts, layers, variants, measure, setting, deps, chunks: given, rows, ran: progress });
  return {
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
    passesPerPicture: cost.total,
    warnings: [],
  };
}

/** Throws `analyze.method` for a name that is none. */
export function methodOf(name: string): Method {
  const method = findMethod(name);
  if (method) return method;
  const hint = `There are: ${methods.map((one) => one.name).join(', ')}.`;
  const planned = plannedMethods.includes(name) ? `this version of Lathe has no method ${name} yet` : undefined;
  throw new LatheError('analyze.method', planned ?? `there is no method ${JSON.stringify(name)}`, { hint });
}

/** Throws `analyze.metric` for a name that is none, or that does not go with the method. */
export function metricOf(name: string, method: Method): SensitivityMetric {
  const metric = findMetric(name);
  const fitting = metrics.filter(({ of }) => method.at === 'network' || of === 'tensors').map((one) => one.name);
  if (!metric)
    throw new LatheError('analyze.metric', `there is no metric ${JSON.stringify(name)}`, { hint: `There are: ${fitting.join(', ')}.` });
  if (fitting.includes(name)) return metric;
  throw new LatheError('analyze.metric', `${method.name} looks at each layer’s own output, where ${name} says nothing`, {
    hint: `Take --metric ${fitting.join(', ')}, or --method isolated.`,
  });
}

function checkWidths({ widths }: AnalyzeRequest): void {
  if (widths.length > 0 && widths.every(({ weights, activations }) => weights !== 'float' || activations !== 'float')) return;
  throw new LatheError('analyze.bits', 'there is no width to try layers at', { hint: 'Give --bits 8, or 8,6,4.' });
}

function nothingToAnalyze({ model }: StaticPlan, others: readonly { name: string; reason: string }[]): LatheError {
  const first = others[0] ? `; ${JSON.stringify(others[0].name)}: ${others[0].reason}` : '';
  return new LatheError('analyze.nothing', `no layer of this model can be quantized${first}`, { file: model.path });
}

/** Reports in whole runs of the model, of which a layer near the end takes a small part. */
function progressOf(
  { progress }: Context,
  layers: readonly PlanLayer[],
  { from, to }: { from: number; to: number },
  { total, share }: { total: number; share: (place: number) => number },
): (place: number) => void {
  const phase = `analyze ${layers.length} layers × ${to - from} pictures`;
  const all = Math.max(1, Math.ceil(total * (to - from)));
  let done = 0;
  let shown = -1;
  return (place) => {
    done += share(place);
    const whole = Math.min(all, Math.floor(done));
    if (whole === shown) return;
    shown = whole;
    progress.report({ phase, done: whole, total: all, unit: 'runs' });
  };
}
