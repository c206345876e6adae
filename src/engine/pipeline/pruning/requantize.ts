import { scopedCheckpoints } from '../../base/checkpoint.ts';
import type { PruneSettings } from '../../prune/step.ts';
import { isLossy } from './teacher.ts';
import { quantize } from '../steps/quantize.ts';
import type { Ancestor, StepOutcome, StepRequest } from '../steps/step.ts';

/** How a quantized model can be pruned as a float one. */
export interface Requantization {
  /** The step on its float model. */
  readonly float: StepRequest;
  /** Rounds what is left of it as the recipe rounded the whole, and adds both reports. */
  finish(pruned: StepOutcome): Promise<StepOutcome>;
}

/**
 * Behind a `quantize` of the same recipe, where pictures are there to choose, make up or train on: integers can't be solved or trained anew, so the float model is pruned and what
 * is left is quantized again. undefined where that is not so: then the integers are cut along their scales.
 */
export async function requantization(request: StepRequest): Promise<Requantization | undefined> {
  const { ancestors, data } = request;
  const settings = request.step.settings as PruneSettings;
  const last = ancestors.at(-1)?.step;
  const pictures = data.calibration ?? data.train;
  const wantsFloat = settings.finetune !== undefined || settings.compensate;
  if (last?.step !== quantize.name || !pictures || !wantsFloat) return undefined;
  const from = ancestors.findLastIndex(isFloat);
  const chain = ancestors.slice(0, from + 1);
  return {
    float: { ...request, model: await chain.at(-1)!.load(), ancestors: chain },
    async finish({ model, report }) {
      const checkpoints = scopedCheckpoints(request.checkpoints, 'quantize again');
      const { model: rounded, report: again } = await quantize.run({ ...request, model, step: last, checkpoints });
      const note = `The float model was pruned and what is left quantized again, as in step ${last.index + 1}: integers can't make up for channels that go.`;
      return {
        model: rounded,
        report: {
          ...again,
          ...report,
          layers: [...report.layers, ...again.layers],
          notQuantized: again.notQuantized,
          notes: [note, ...report.notes, ...again.notes],
          scheme: `${report.scheme}, ${again.scheme}`,
          bits: again.bits,
        },
      };
    },
  };
}

/** Whether its weights are numbers that can be solved or trained. */
const isFloat = ({ step }: Ancestor): boolean => !step || !isLossy(step) || step.step === 'prune' || step.step === 'cluster';
