import { LatheError } from '../../base/errors.ts';
import { DataType } from '../../onnx/data-type.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { markSharing } from '../../prune/cluster/metadata.ts';
import { shareWeights } from '../../prune/cluster/share.ts';
import type { ClusterSettings } from '../../prune/cluster-step.ts';
import type { FinetuneSettings } from '../../prune/finetune-settings.ts';
import { replaceConstant } from '../../prune/sparse/stored-numbers.ts';
import { weightSites, type LeftLayer, type WeightSite } from '../../prune/sparse/weight-sites.ts';
import { finetune } from '../pruning/finetune.ts';
import { pruningTeacher } from '../pruning/teacher.ts';
import { notesByReason } from '../notes-by-reason.ts';
import { stageName } from '../stage-name.ts';
import { trainingPlan } from '../training/run.ts';
import type { StepReport, StepRequest, StepRunner } from './step.ts';

/** Weights of a layer share a few values; with `finetune` the values are trained, and stay shared. */
export const cluster: StepRunner = {
  name: 'cluster',
  learns: true,
  chooses: true,
  plan: (step, data) => {
    const tuning = (step.settings as ClusterSettings).finetune;
    return tuning ? trainingPlan(tuning as FinetuneSettings, data) : { pictures: 0 };
  },
  async run(request) {
    const { model, step } = request;
    const { values, finetune: tuning, teacher } = step.settings as ClusterSettings;
    const shared = share(request);
    markSharing(model, values);
    const curve =
      tuning &&
      (await finetune(request, {
        model,
        teacher: await pruningTeacher(request, teacher),
        // Folded again, it would multiply every channel of a shared value by another factor.
        settings: { ...(tuning as FinetuneSettings), 'restore-normalization': false },
        title: stageName(step),
      }));
    return { model, report: { ...reportOf(shared, request), ...(curve ? { training: curve } : {}) } };
  },
};

interface SharedLayer {
  readonly site: WeightSite;
  readonly codebook: number;
  readonly error: number;
}

interface Sharing {
  readonly layers: readonly SharedLayer[];
  readonly left: readonly LeftLayer[];
}

/** Gives every layer its codebook, in place. Throws `cluster.nothing`, `cluster.weights`. */
function share({ model, step }: StepRequest): Sharing {
  const { graph, path } = model;
  const { sites, left } = weightSites(model);
  const stay = [...left];
  const layers: SharedLayer[] = [];
  for (const site of sites) {
    const own = step.layers[site.layer] ?? {};
    const count = typeof own['values'] === 'number' ? own['values'] : (step.settings as ClusterSettings).values;
    const reason = own['cluster'] === false ? 'left out by the recipe' : obstacle(site, count, graph.constant(site.tensor)!.type);
    if (reason !== undefined) {
      stay.push({ name: site.layer, op: site.op, reason });
      continue;
    }
    if (!site.values.every(Number.isFinite))
      throw new LatheError('cluster.weights', 'a weight is not a finite number', { file: path, node: site.layer });
    const { values, codebook, error } = shareWeights(site.values, count);
    replaceConstant(graph, site.tensor, Tensor.float32(site.dims, values));
    layers.push({ site, codebook, error });
  }
  if (layers.length) return { layers, left: stay };
  throw new LatheError('cluster.nothing', 'no layer of this model has weights to share', {
    file: path,
    hint: stay.length ? `${stay[0]!.name}: ${stay[0]!.reason}.` : 'It has neither convolutions nor products with a stored matrix.',
  });
}

function obstacle({ values }: WeightSite, count: number, type: DataType): string | undefined {
  if (type !== DataType.float32) return 'its weights are not float32';
  return values.length < 2 * count ? `it has only ${values.length} weights` : undefined;
}

function reportOf({ layers, left }: Sharing, { recipe, step }: StepRequest): StepReport {
  const most = Math.max(...layers.map(({ codebook }) => codebook));
  const weights = layers.reduce((sum, { site }) => sum + site.values.length, 0);
  const error = layers.reduce((sum, layer) => sum + layer.error * layer.site.values.length, 0) / weights;
  const { values } = step.settings as ClusterSettings;
  return {
    layers: layers.map(({ site, codebook, error: own }) => ({ name: site.layer, op: site.op, values: codebook, sharingError: own })),
    notQuantized: [],
    notes: [
      `The ${weights.toLocaleString('en')} weights of ${layers.length} layers share at most ${most} values each; what that changed is ${(100 * error).toPrecision(2)} % of their power, before any training.`,
      whatReads(recipe.target),
      ...notesByReason('Left as it was', left),
    ],
    scheme: `shared weights, ${values} values a layer`,
    bits: Object.fromEntries(
      layers.map(({ site, codebook }) => [
        site.layer,
        { weights: Math.ceil(Math.log2(Math.max(2, codebook))), elements: site.values.length },
      ]),
    ),
  };
}

/** What is smaller or faster for it, plainly. Sources: docs/guide/cluster.md. */
const whatReads = (target: string): string =>
  `The weights are stored as floats: ${target.startsWith('cpu') ? 'ONNX Runtime' : target} is no faster for it, and the file is smaller only where it is compressed. Core ML (palettized weights) and Arm Ethos-U (compressed weights) keep indices where they run.`;
