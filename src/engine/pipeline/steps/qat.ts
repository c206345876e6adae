import { LatheError } from '../../base/errors.ts';
import type { Model } from '../../onnx/graph.ts';
import { exportTrained } from '../../qat/export.ts';
import { openQat } from '../../qat/open.ts';
import { quantizeSettings } from '../../qat/settings.ts';
import type { QatSettings } from '../../qat/step.ts';
import type { QuantizeSettings } from '../../quantize/step.ts';
import { findTarget } from '../../targets/index.ts';
import { openTraining } from '../training/open.ts';
import { runTraining, trainingPlan } from '../training/run.ts';
import { reportOf } from './quantize.ts';
import type { Ancestor, StepRequest, StepRunner } from './step.ts';

/** Quantization-aware training. */
export const qat: StepRunner = {
  name: 'qat',
  learns: true,
  chooses: true,
  plan: (step, data) => {
    const { pictures, phases } = trainingPlan(step.settings as QatSettings, data);
    return { pictures: pictures + 2 * (data.calibration?.samples.length ?? 0), phases: { calibrate: 0.1, round: 0.1, ...phases } };
  },
  async run(request) {
    const { step, recipe, runtime, context, data, checkpoints } = request;
    const settings = step.settings as QatSettings;
    const target = findTarget(recipe.target);
    if (!target) throw new LatheError('recipe.target', `there is no target ${JSON.stringify(recipe.target)}`);
    const { float, before } = floatAncestor(request);
    const rounding = quantizeSettings(settings, before, target);
    const dataset = data.calibration;
    const work = await openQat(
      await float.load(),
      { quantize: { settings: rounding, layers: step.layers, target }, qat: settings },
      {
        runtime,
        context,
        checkpoints,
        ...(dataset ? { dataset } : {}),
      },
    );
    const open = await openTraining({ ...request, model: await float.load() }, { settings, truth: 'optional' });
    try {
      const { model } = work.training;
      const validation = open.validation;
      const exported = (trained: Model) => exportTrained(work.plan, work.training, trained);
      const result = await runTraining(request, { ...open, model }, settings, {
        parameters: work.training.parameters,
        batchNormalization: 'frozen',
        constraints: [work.constraint],
        pace: work.pace,
        ...(validation ? { validate: (trained) => validation.measure(exported(trained).model) } : {}),
      });
      const { layers, model: written } = exported(model);
      const { notQuantized } = work.plan.placement;
      const report = reportOf({ model: written, layers, notQuantized, notes: [...work.plan.notes, ...result.notes] }, rounding);
      return { model: written, report: { ...report, scheme: `qat ${settings.method}, ${report.scheme}`, training: result.curve } };
    } finally {
      await open.dispose();
    }
  },
};

/** The newest model on the way here that is float, and the settings of the `quantize` behind it. */
function floatAncestor({ ancestors }: StepRequest): { float: Ancestor; before?: QuantizeSettings } {
  const last = ancestors.at(-1)!;
  if (last.step?.step !== 'quantize') return { float: last };
  return { float: ancestors.at(-2)!, before: last.step.settings as QuantizeSettings };
}
