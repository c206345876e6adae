import { LatheError } from '../../base/errors.ts';
import { boardOf, fittedTargets } from '../../fit/boards.ts';
import type { FitSettings } from '../../fit/step.ts';
import { fitModel, type FitResult } from '../check/fit-model.ts';
import type { StepReport, StepRequest, StepRunner } from './step.ts';

/** A batch of one would keep later steps from training, and those that quantize for a board take one picture anyway. */
const keptFree = 'batch-of-one';

/** Layers that the target's accelerator refuses are rewritten, and the result is proven by ONNX Runtime. */
export const fit: StepRunner = {
  name: 'fit',
  plan: () => ({ pictures: 8 }),
  async run({ model, step, recipe, data, runtime, context }: StepRequest) {
    const settings = step.settings as FitSettings;
    const board = boardOf(recipe.target);
    if (!board) {
      throw new LatheError('fit.target', `nothing is known that a model for ${recipe.target} would have to be rewritten for`, {
        hint: `The step is for ${fittedTargets().join(', ')}: name one as target, or leave the step out.`,
      });
    }
    const dataset = data.calibration ?? data.train;
    const kept = Object.entries(step.layers).flatMap(([layer, own]) => (own['fit'] === false ? [layer] : []));
    const result = await fitModel(
      {
        model,
        board,
        ids: [settings.fixes, ...settings.also],
        without: [...settings.without, ...(settings.also.includes(keptFree) ? [] : [keptFree])],
        except: kept,
        seed: recipe.seed,
        ...(dataset ? { dataset } : {}),
      },
      runtime,
      context,
    );
    return { model: result.model, report: reportOf(result, settings) };
  },
};

function reportOf({ applied, proof }: FitResult, { fixes }: FitSettings): StepReport {
  const counts = new Map<string, number>();
  for (const { id } of applied) counts.set(id, (counts.get(id) ?? 0) + 1);
  const changed = applied.filter(({ effect }) => effect === 'changed');
  const error = proof.sqnrDb === null ? 'not a bit of the outputs differs' : `the outputs differ by at most ${proof.maxAbs.toPrecision(2)} (${proof.sqnrDb.toFixed(1)} dB)`; // prettier-ignore
  const what = [...counts].map(([id, count]) => `${id} ${count}`).join(', ');
  return {
    layers: applied.flatMap(({ id, nodes, effect, message }) =>
      nodes[0] === undefined ? [] : [{ name: nodes[0], op: id, effect, message }],
    ),
    notQuantized: [],
    notes: [
      applied.length ? `Rewritten: ${what}; on ${proof.pictures} inputs ${error}.` : 'Nothing had to be rewritten.',
      ...(changed.length
        ? [
            `${changed.length === 1 ? '1 layer computes' : `${changed.length} layers compute`} another function now: ${[...new Set(changed.map(({ id }) => id))].join(', ')}.`,
          ]
        : []),
    ],
    scheme: `fitted, ${fixes}`,
    bits: {},
  };
}
