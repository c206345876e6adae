import { LatheError } from '../base/errors.ts';
import type { Dataset } from '../data/types.ts';
import type { Model } from '../onnx/graph.ts';
import { inferShapes, type Shapes } from '../ops/infer.ts';
import { collect } from '../statistics/collect.ts';
import type { MeanRequest } from '../statistics/channel-means.ts';
import type { Collection, SavedCollection } from '../statistics/collection.ts';
import type { Statistic } from '../statistics/statistic.ts';
import { fusesOnDpu } from '../targets/zcu104/fusing.ts';
import { dpuRefusals } from '../targets/zcu104/verdict/refusal.ts';
import { batchNormStatistics } from './batch-norm-statistics.ts';
import { classify } from './classify.ts';
import { biasPasses, correctMeasuredBias } from './correct-bias-measured.ts';
import { dataFreeStatistics, requireBatchNorm, type DataFreeStatistics } from './data-free/index.ts';
import { nothingToQuantize } from './nothing.ts';
import { place, type Placement } from './placement.ts';
import type { StaticPlan } from './plan.ts';
import { boardConstants } from './power-of-two/board-constants.ts';
import { onBoard } from './power-of-two/board-positions.ts';
import { prepareModel } from './prepare.ts';
import { rangeEstimator } from './range-estimator.ts';
import { rewriteModel } from './rewrites/index.ts';
import { reconstructBlocks } from './round/block/index.ts';
import { roundingNotes, roundLayers } from './round/index.ts';
import { fusesByTable } from './fuses-by-table.ts';
import { activationFormats } from './activation-format.ts';
import { valueSchemes } from './value-schemes.ts';
import { writeStatic } from './write-static.ts';
import type { LayerRow, QuantizeDependencies, QuantizeRequest, QuantizeResult } from './types.ts';

/**
 * Static quantization: ranges of activations from calibration pictures, weights and biases as integers, written as QDQ that ONNX
 * Runtime's CPU provider runs on integer kernels. Changes the model in place.
 * Throws `quantize.nothing` when no node can run on integers and `quantize.no-pictures` without calibration data.
 */
export async function quantizeStatic(model: Model, request: QuantizeRequest, dependencies: QuantizeDependencies): Promise<QuantizeResult> {
  const { progress } = dependencies.context;
  const planned = await planStatic(model, request, dependencies);
  const { plan, rounded: tuned, notes: blocks } = await reconstructBlocks(planned, await roundLayers(planned));
  const { rounded, notes: corrections } = await correctMeasuredBias(plan, tuned, biasPasses(request));
  progress.report({ phase: 'write', done: 0, total: 1, unit: 'models' });
  const layers = writeStatic(plan, rounded);
  progress.report({ phase: 'write', done: 1, total: 1, unit: 'models' });
  const { placement, notes, statistics } = plan;
  return {
    model,
    layers,
    notQuantized: placement.notQuantized,
    notes: [...notes, ...roundingNotes(rounded), ...blocks, ...corrections, ...saturationNotes(layers, request), ...oddities(statistics)],
  };
}

/**
 * Everything up to the rounding of weights: the model cleaned up and rewritten, what runs on integers, and the scheme of every value.
 * Sensitivity and search plan once and write many variants.
 */
export async function planStatic(model: Model, request: QuantizeRequest, dependencies: QuantizeDependencies): Promise<StaticPlan> {
  const { settings } = request;
  // Layers whose activations all stay float need no pictures.
  if (settings.activations !== 'float' && settings.statistics === 'pictures') requirePictures(dependencies);
  const prepared = await prepareStatic(model, request, dependencies);
  const { notes, shapes, placement } = prepared;
  const { statistics, means } = await learn(model, prepared, request, dependencies);
  const formats = activationFormats(model, placement, settings);
  const schemes = valueSchemes(model, placement, settings, formats, statistics);
  const plan = { model, request, dependencies, shapes, placement, statistics, means, formats, schemes, weightPositions: new Map(), notes };
  return onBoard(plan);
}

/**
 * The part of static quantization that looks at pictures, on the samples of `range` only: what a sharded job writes. Put together
 * with `mergeCollections` and given as checkpoint `statisticsKey`, the parts make `quantizeStatic` end with the same bytes.
 */
export async function calibrateStatic(
  model: Model,
  request: QuantizeRequest,
  dependencies: QuantizeDependencies,
  range: { readonly from: number; readonly to: number },
): Promise<SavedCollection> {
  requirePictures(dependencies);
  const { placement, shapes } = await prepareStatic(model, request, dependencies);
  return (await observe(model, placement, shapes, request, dependencies, range)).save();
}

/** Under this key the statistics of the activations are kept while calibration runs. */
export const statisticsKey = 'statistics';

function requirePictures({ dataset }: QuantizeDependencies): Dataset {
  if (dataset?.samples.length) return dataset;
  throw noPictures('static quantization takes ranges from');
}

const noPictures = (what: string): LatheError =>
  new LatheError('quantize.no-pictures', `there are no calibration pictures, which ${what}`, {
    hint: 'Name a folder under data.calibration (--calibration); without any, statistics: batch-norm, method: dynamic and weight-only do.',
  });

/** Cleans the model up, rewrites it as the settings ask, and decides what runs on integers. */
async function prepareStatic(model: Model, request: QuantizeRequest, dependencies: QuantizeDependencies) {
  const batchNorm = batchNormStatistics(model);
  if (request.settings.statistics === 'batch-norm') requireBatchNorm(batchNorm, model.path);
  const { notes, shapes: before, forLayer } = await prepareModel(model, request, dependencies);
  const rewritten = await rewriteModel({ model, request, dependencies, shapes: before, forLayer, batchNorm });
  notes.push(...rewritten.notes);
  const integerOperators = new Set(request.target.integerOperators);
  const { graph } = model;
  const board = request.target.fixPositions === 'dpu';
  if (board) notes.push(...(await boardConstants(model, before, forLayer, dependencies)));
  const shapes = board ? inferShapes(model) : before;
  const refusal = board ? dpuRefusals(shapes) : undefined;
  const placement = place(
    graph,
    (node) => classify(node, { model, graph, shapes, forLayer, integerOperators, refusal }),
    !request.settings.symmetric,
    board ? (maker, next) => fusesOnDpu(graph, maker, next) : fusesByTable(request.target),
  );
  if (placement.integerNodes.length + placement.weightsOnly.length === 0) throw nothingToQuantize(placement.notQuantized, model.path);
  return { notes, shapes, placement, batchNorm: rewritten.batchNorm };
}

/** Statistics of the placed values and means of channels: from the pictures, or from what the model itself says. */
async function learn(
  model: Model,
  { placement, shapes, batchNorm }: Pick<Awaited<ReturnType<typeof prepareStatic>>, 'placement' | 'shapes' | 'batchNorm'>,
  request: QuantizeRequest,
  dependencies: QuantizeDependencies,
): Promise<DataFreeStatistics> {
  const { settings } = request;
  if (placement.values.length === 0) return { statistics: new Map(), means: new Map() };
  if (settings.statistics === 'batch-norm') {
    if (placement.integerNodes.some(({ compute }) => compute && compute.settings.round !== 'nearest'))
      throw noPictures('round: layer and round: block look at');
    const means = settings['correct-bias'] ? meanRequests(placement, model, shapes) : [];
    const kind = rangeEstimator(settings, placement).needs;
    return dataFreeStatistics({ model, shapes, batchNorm, input: dependencies.input, values: placement.values, kind, means });
  }
  const { statistics, means } = await observe(model, placement, shapes, request, dependencies);
  return { statistics, means: new Map([...means].map(([value, sums]) => [value, sums.means()])) };
}

async function observe(
  model: Model,
  placement: Placement,
  shapes: Shapes,
  { settings }: QuantizeRequest,
  dependencies: QuantizeDependencies,
  range?: { readonly from: number; readonly to: number },
): Promise<Collection> {
  const { runtime, context, checkpoints } = dependencies;
  const dataset = requirePictures(dependencies);
  const kind = rangeEstimator(settings, placement).needs;
  const checkpoint = checkpoints && { store: checkpoints, key: statisticsKey };
  const means = settings['correct-bias'] ? meanRequests(placement, model, shapes) : [];
  return collect({ model, values: placement.values, kind, means, dataset, runtime, context, checkpoint, range });
}

/** Where a channel's mean says what its weights' rounding errors add up to: layers that can take a corrected bias. */
function meanRequests({ integerNodes }: Placement, model: Model, shapes: Shapes): MeanRequest[] {
  const requests = new Map<string, MeanRequest>();
  for (const { node, compute } of integerNodes) {
    if (!compute || compute.role.bias === undefined) continue;
    const value = node.inputs[compute.role.activation]!;
    const rank = shapes.of(value)?.shape?.length;
    const dims = model.graph.constant(node.inputs[compute.role.weight]!)?.dims;
    if (rank === undefined || !dims || (node.op === 'Gemm' && node.int('transA', 0) !== 0)) continue;
    const channels = node.op === 'Conv' ? dims[1]! * node.int('group', 1) : dims[node.int('transB', 0) ? 1 : 0]!;
    requests.set(value, { value, rank, axis: 1, channels });
  }
  return [...requests.values()];
}

/** What was done against saturation, and where the user asked for the contrary. */
function saturationNotes(layers: readonly LayerRow[], { target }: QuantizeRequest): string[] {
  const count = (how: 'scales' | 'uint8'): number => layers.filter(({ weights }) => weights?.saturation === how).length;
  const [scales, unsigned] = [count('scales'), count('uint8')];
  const notes: string[] = [];
  if (scales)
    notes.push(`Weights of ${scales} layers have scales that keep sums from saturating on CPUs without VNNI (target ${target.name}).`);
  if (unsigned)
    notes.push(`Weights of ${unsigned} layers are uint8, because int8 that cannot saturate would have cost too much precision.`);
  return notes;
}

/** What calibration showed that a user should know. */
function oddities(statistics: ReadonlyMap<string, Statistic>): string[] {
  const notes: string[] = [];
  for (const [value, seen] of statistics) {
    if (seen.notFinite > 0)
      notes.push(`${JSON.stringify(value)} held NaN or infinity in ${seen.notFinite} calibration pictures; they were left out.`);
    else if (!(seen.low <= seen.high))
      notes.push(`${JSON.stringify(value)} never held an element while calibrating; its range is a guess.`);
    else if (seen.low === seen.high) notes.push(`${JSON.stringify(value)} was the constant ${seen.low} in all calibration pictures.`);
  }
  return notes;
}
