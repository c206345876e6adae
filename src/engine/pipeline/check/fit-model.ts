import type { AppliedFix, FixProof } from '../../../protocol/results/board.ts';
import type { Context } from '../../base/context.ts';
import { LatheError } from '../../base/errors.ts';
import { applyFixes, type Found } from '../../fit/apply.ts';
import { cutModel, type Pieces } from '../../fit/cut.ts';
import type { Fix } from '../../fit/fix.ts';
import { allFixes, chosenFixes } from '../../fit/index.ts';
import type { Dataset } from '../../data/types.ts';
import { cloneModel } from '../../onnx/clone.ts';
import type { Dim, Model, Node } from '../../onnx/graph.ts';
import { inferShapes, type Shapes } from '../../ops/infer.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { simplify } from '../../simplify/index.ts';
import { pictureFeeder } from '../../statistics/feed.ts';
import { upgradeOpset } from '../../simplify/upgrade-opset.ts';
import type { DpuArchitecture } from '../../targets/zcu104/verdict/architecture.ts';
import { compareOutputs, hasSizes, outputsOf, randomPictures, type Inputs } from './proof.ts';

export interface FitRequest {
  /** Float; not changed. */
  readonly model: Model;
  readonly board: DpuArchitecture;
  /** Ids, `exact` or `all`. */
  readonly ids: readonly string[];
  /** Ids that are left out of them. */
  readonly without?: readonly string[];
  /** Layers to be touched, and no others; layers to be left as they are. */
  readonly nodes?: readonly string[];
  readonly except?: readonly string[];
  readonly shapes?: Readonly<Record<string, readonly Dim[]>>;
  readonly seed: number;
  /** Some of these are run beside the random ones. */
  readonly dataset?: Dataset;
  /** Whether the accelerator leaves a node of a model to the CPU: for cuts, which do nothing without it. */
  refusals?(model: Model): (node: Node) => boolean;
}

export interface FitResult extends Omit<Pieces, 'before' | 'behind'> {
  readonly applied: AppliedFix[];
  readonly proof: FixProof;
}

/** HardSwish came with it. */
const neededOpset = 14;
/** Fixes make place for each other across effects: a Sigmoid becomes a HardSigmoid whose product is a HardSwish. */
const mostStages = 5;
const cleanUp = 'clean-up';
const layerPasses = new Set(['remove-no-ops', 'fold-padding']);

/**
 * Rewrites a copy of a model for a board and proves with ONNX Runtime that what is said of it holds: after the exact fixes the outputs are the
 * same up to rounding, of the others the difference is measured. Throws `fit.unknown`, `fit.quantized`, `fit.proof` with the fixes that break
 * it, `fit.shape`, and what ONNX Runtime throws.
 */
export async function fitModel(request: FitRequest, runtime: Runtime, context: Context): Promise<FitResult> {
  const { fixes, cuts } = chosen(request);
  const original = cloneModel(request.model);
  bindShapes(original, request.shapes);
  const model = cloneModel(original);
  const pictures = await proofPictures(original, request, context.signal);
  const expected = await outputsOf([original], pictures, runtime, context);
  const proofs = new Proofs(pictures, original, runtime, context);
  const applied: AppliedFix[] = await tidied(model, request, { runtime, context });
  await proofs.hold([model], expected, () => [cleanUp]);
  const change = { board: request.board, ...sets(request), signal: context.signal };
  for (let stage = 0; stage < mostStages; stage++) {
    const before = applied.length;
    for (const effect of ['changed', 'exact'] as const) {
      const own = fixes.filter((fix) => fix.effect === effect);
      const start = cloneModel(model);
      const done = own.length ? applyFixes(model, { ...change, fixes: own }) : [];
      if (done.length === 0) continue;
      applied.push(...done.map(appliedOf));
      if (effect === 'exact') {
        await proofs.hold([model], await outputsOf([start], pictures, runtime, context), () => culprits(start, own, change, proofs, done));
      }
    }
    if (applied.length === before) break;
  }
  const pieces = cuts.length ? cut(model, request, cuts) : undefined;
  if (pieces) {
    const chain = [pieces.pre, pieces.model, pieces.post].filter((piece) => piece !== undefined);
    await proofs.hold(chain, await outputsOf([model], pictures, runtime, context), () => cuts);
    if (pieces.before.length) applied.push(cutOf('cut-start', pieces.before));
    if (pieces.behind.length) applied.push(cutOf('cut-end', pieces.behind));
  }
  const chain = pieces ? [pieces.pre, pieces.model, pieces.post].filter((piece) => piece !== undefined) : [model];
  const proof = compareOutputs(expected, await outputsOf(chain, pictures, runtime, context), proofs.outputs);
  const { pre, post } = pieces ?? {};
  return { model: pieces?.model ?? model, ...(pre ? { pre } : {}), ...(post ? { post } : {}), applied, proof };
}

function chosen({ model: { graph, path: file }, ids, without = [] }: FitRequest): { fixes: Fix[]; cuts: string[] } {
  const { fixes, cuts, unknown } = chosenFixes(ids, without);
  if (unknown.length) {
    throw new LatheError('fit.unknown', `there is no fix ${JSON.stringify(unknown[0]!.slice(0, 80))}`, {
      hint: `There are exact, all, ${allFixes.map(({ id }) => id).join(', ')}.`,
    });
  }
  const quantized = graph.nodes.find(({ op }) => /^(Quantize|Dequantize|QLinear|ConvInteger|MatMulInteger)/.test(op));
  if (quantized) {
    throw new LatheError(
      'fit.quantized',
      'the model is quantized, and a rewriting would leave layers without scales or with those of others',
      {
        file,
        node: quantized.label,
        hint: 'Fix the float model, then quantize the result: lathe quantize FIXED.onnx.',
      },
    );
  }
  return { fixes, cuts };
}

/** How many of a dataset's pictures are run. */
const mostPictures = 4;

/** What both models are run on: random numbers, and pictures where there are some. Those do where sizes are free. */
async function proofPictures(model: Model, { seed, dataset }: FitRequest, signal: AbortSignal): Promise<Inputs[]> {
  const real: Inputs[] = [];
  if (dataset) {
    const feed = pictureFeeder(model);
    for await (const sample of dataset.stream({ signal, from: 0, to: Math.min(mostPictures, dataset.samples.length) }))
      real.push(feed(sample));
  }
  const shapes = shapesOf(model);
  return real.length && !hasSizes(model, shapes) ? real : [...randomPictures(model, shapes, seed), ...real];
}

/** Sizes that the user gives inputs. */
function bindShapes({ graph }: Model, given: FitRequest['shapes'] = {}): void {
  graph.inputs = graph.inputs.map((info) => {
    const shape = given[info.name];
    return shape && info.type?.kind === 'tensor' ? { name: info.name, type: { ...info.type, shape } } : info;
  });
}

const shapesOf = (model: Model): Shapes => inferShapes(model).forOnePicture(model);

/** Newer forms of operators, no nodes that do nothing, shapes as constants: what all fixes are written for. Layers stay apart. */
async function tidied(
  model: Model,
  { ids, nodes }: FitRequest,
  dependencies: { runtime: Runtime; context: Context },
): Promise<AppliedFix[]> {
  upgradeOpset(model, neededOpset);
  if (nodes || !ids.some((id) => ['exact', 'all', 'cut-start', 'cut-end'].includes(id))) return [];
  const labels = new Set(model.graph.nodes.map(({ label }) => label));
  const notes = await simplify(model, dependencies, { keepLayers: true });
  // What merges constants or settles shapes is no layer's business.
  return notes
    .filter(({ pass, layer }) => layerPasses.has(pass) && labels.has(layer))
    .map(({ layer, message }) => ({ id: cleanUp, nodes: [layer], effect: 'exact', message }));
}

/** Runs what was rewritten beside what it came from. */
class Proofs {
  readonly outputs: readonly string[];

  constructor(
    readonly pictures: readonly Inputs[],
    { graph }: Model,
    readonly runtime: Runtime,
    readonly context: Context,
  ) {
    this.outputs = graph.outputs.map(({ name }) => name);
  }

  async of(chain: readonly Model[], expected: readonly Inputs[]): Promise<FixProof> {
    return compareOutputs(expected, await outputsOf(chain, this.pictures, this.runtime, this.context), this.outputs);
  }

  /** Throws `fit.proof` where it does not compute the same; `guilty` finds out by what. */
  async hold(chain: readonly Model[], expected: readonly Inputs[], guilty: () => Promise<string[]> | string[]): Promise<void> {
    const proof = await this.of(chain, expected);
    if (proof.equal) return;
    const ids = await guilty();
    throw new LatheError(
      'fit.proof',
      `${ids.join(', ')} should not change what the model computes, but did by up to ${proof.maxAbs.toPrecision(3)}; nothing was written`,
      { hint: 'Leave it out, and please report the model.' },
      1,
    );
  }
}

/** Which of the fixes breaks the proof alone; all that were applied where none does. */
async function culprits(
  start: Model,
  fixes: readonly Fix[],
  change: Omit<Parameters<typeof applyFixes>[1], 'fixes'>,
  proofs: Proofs,
  done: readonly Found[],
): Promise<string[]> {
  const expected = await outputsOf([start], proofs.pictures, proofs.runtime, proofs.context);
  const found: string[] = [];
  for (const fix of fixes.filter(({ id }) => done.some((each) => each.id === id))) {
    const trial = cloneModel(start);
    if (applyFixes(trial, { ...change, fixes: [fix] }).length && !(await proofs.of([trial], expected)).equal) found.push(fix.id);
  }
  return found.length ? found : [...new Set(done.map(({ id }) => id))];
}

const sets = ({ nodes, except }: FitRequest) => ({
  ...(nodes ? { nodes: new Set(nodes) } : {}),
  ...(except?.length ? { except: new Set(except) } : {}),
});

function cut(model: Model, { refusals }: FitRequest, cuts: readonly string[]): Pieces | undefined {
  if (!refusals) return undefined;
  const isRefused = refusals(model);
  return cutModel({ model, shapes: shapesOf(model), isRefused, start: cuts.includes('cut-start'), end: cuts.includes('cut-end') });
}

const cutOf = (id: string, nodes: readonly string[]): AppliedFix => ({
  id,
  nodes: [...nodes],
  effect: 'exact',
  message: `${nodes.length} ${nodes.length === 1 ? 'layer goes' : 'layers go'} into a file of their own`,
});

const appliedOf = ({ id, nodes, effect, message, bound }: Found): AppliedFix => ({
  id,
  nodes: [...nodes],
  effect: effect as AppliedFix['effect'],
  message,
  ...(bound ? { bound: { ...bound } } : {}),
});
