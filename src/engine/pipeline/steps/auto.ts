import { LatheError } from '../../base/errors.ts';
import { cloneModel } from '../../onnx/clone.ts';
import { quantizeStatic } from '../../quantize/static.ts';
import type { QuantizeSettings } from '../../quantize/step.ts';
import type { LayerSettings, QuantizeRequest } from '../../quantize/types.ts';
import { quantizeWeights } from '../../quantize/weight-only.ts';
import { quantizeDefaults } from '../../search/defaults.ts';
import { seconds, type AutoSettings } from '../../search/auto-step.ts';
import { Judge } from '../../search/judge.ts';
import { climb, lossText, type LadderResult } from '../../search/ladder/climb.ts';
import { rungs } from '../../search/ladder/rungs/index.ts';
import { layerErrors } from '../../search/layer-errors.ts';
import { Variants } from '../../search/variants.ts';
import { packedBytes } from '../../search/weight-sizes.ts';
import { findTarget } from '../../targets/index.ts';
import { reportOf } from './quantize.ts';
import type { StepOutcome, StepRequest, StepRunner } from './step.ts';

/** The ladder of methods until the loss allowed is kept on validation pictures. */
export const auto: StepRunner = {
  name: 'auto',
  chooses: true,
  // Three attempts are usual: calibration, and both models on the validation pictures.
  plan: (_, data) => ({ pictures: 3 * (2 * (data.calibration?.samples.length ?? 0) + 5 * (data.validation?.samples.length ?? 0)) }),
  async run(request) {
    const { recipe, step, data } = request;
    const target = findTarget(recipe.target);
    if (!target) throw new LatheError('recipe.target', `there is no target ${JSON.stringify(recipe.target)}`);
    const layers: Record<string, LayerSettings> = {};
    for (const [name, own] of Object.entries(step.layers)) if (own['auto'] === false) layers[name] = { quantize: false };
    const base: QuantizeRequest = { settings: quantizeDefaults(target), layers, target };
    return data.calibration && data.validation ? withPictures(request, base) : withoutPictures(request, base);
  },
};

async function withPictures(request: StepRequest, base: QuantizeRequest): Promise<StepOutcome> {
  const { model, recipe, data, runtime, context, piece } = request;
  const [calibration, validation] = [data.calibration!, data.validation!];
  const settings = request.step.settings as unknown as AutoSettings;
  const { decode, match } = validationSource(recipe.data) ?? {};
  const judge = await Judge.open({ model, dataset: validation, task: recipe.task, decode, match }, { runtime, context }, 'needed');
  try {
    const variants = new Variants(model, base, { runtime, context, dataset: calibration });
    const ladder = await climb(
      { rungs, drop: settings.drop, seconds: seconds(settings.time), target: base.target },
      {
        variants,
        judge,
        context,
        piece,
        bytesOf: packedBytes,
        sensitiveLayers: async (variant, inTime) => {
          const plan = await variants.plan(variant, inTime);
          const { weights, activations } = plan.request.settings;
          const found = await layerErrors(plan, [{ weights, activations }], validation, { runtime, context: inTime });
          return found.sort((a, b) => b.errors[0]! - a.errors[0]! || 0).map(({ name }) => name);
        },
      },
    );
    const result = ladder.result ?? (await variants.quantized(ladder.best, context));
    const report = reportOf(result, variants.request(ladder.best).settings);
    return {
      model: result.model,
      report: { ...report, notes: [...ladderNotes(ladder, settings.drop), ...report.notes], trials: ladder.trials },
    };
  } finally {
    await judge.dispose();
  }
}

const validationSource = (data: StepRequest['recipe']['data']) =>
  data.validation?.kind === 'path' ? data.validation.source : data.validation && data[data.validation.of];

/** One picture of fewer than this many is a large step of a metric in per cent. */
const fewPictures = 100;

function ladderNotes({ best, trials, done, outOfTime }: LadderResult, drop: number): string[] {
  const { score } = best;
  const allowed = lossText({ loss: drop, unit: score.unit });
  const lost = `${lossText(score)} of ${score.metric} on ${score.samples} validation pictures`;
  const verdict = done
    ? `${best.title}: lost ${lost}, ${allowed} were allowed.`
    : `No method kept the loss below ${allowed}${outOfTime ? ' before the time was up' : ''}; the best, ${best.title}, lost ${lost}.`;
  const rows = trials.map(
    ({ title, loss, bytes, kept, seconds: took }) =>
      `${title}: loss ${lossText({ loss, unit: score.unit })}, ${Math.round(bytes / 1000)} kB of weights, ${took.toFixed(1)} s${kept ? '' : ' (not kept)'}`,
  );
  const few =
    score.unit === '%' && score.samples < fewPictures
      ? [
          `With ${score.samples} validation pictures one picture is ${(100 / score.samples).toFixed(1)} points: more of them make the choice surer (--validation).`,
        ]
      : [];
  return [verdict, ...rows, ...few];
}

/**
 * Nothing can be measured: what hardly ever loses anything where float is computed as fast, static quantization from the model alone where
 * only integers are.
 */
async function withoutPictures(request: StepRequest, base: QuantizeRequest): Promise<StepOutcome> {
  const { model, runtime, context, data } = request;
  const input = data.settings ? { input: data.settings } : {};
  const onCpu = base.target.name.startsWith('cpu');
  const settings: QuantizeSettings = onCpu
    ? { ...base.settings, method: 'weight-only' }
    : { ...base.settings, statistics: 'batch-norm', equalize: true, 'absorb-bias': true, round: 'nearest' };
  const quantized = onCpu ? quantizeWeights : quantizeStatic;
  const result = await quantized(cloneModel(model), { ...base, settings }, { runtime, context, ...input });
  const done = onCpu
    ? 'only the weights were rounded, to 8 bits, which makes the file smaller and the model no faster'
    : `ranges were taken from batch normalization, since ${base.target.name} computes integers only`;
  const report = reportOf(result, settings);
  const note = `Without pictures no loss can be measured: ${done}. Give --calibration for more.`;
  return { model: result.model, report: { ...report, notes: [note, ...report.notes] } };
}
