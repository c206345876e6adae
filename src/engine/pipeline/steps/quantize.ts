import { LatheError } from '../../base/errors.ts';
import { quantizeDynamic } from '../../quantize/dynamic.ts';
import { calibrateStatic, quantizeStatic } from '../../quantize/static.ts';
import type { QuantizeSettings } from '../../quantize/step.ts';
import type { LayerRow, QuantizeDependencies, QuantizeRequest, QuantizeResult } from '../../quantize/types.ts';
import { quantizeWeights } from '../../quantize/weight-only.ts';
import type { SavedCollection } from '../../statistics/collection.ts';
import { findTarget } from '../../targets/index.ts';
import type { StepReport, StepRequest, StepRunner } from './step.ts';

const methods = { static: quantizeStatic, dynamic: quantizeDynamic, 'weight-only': quantizeWeights };

/** Post-training quantization. */
export const quantize: StepRunner = {
  name: 'quantize',
  // Calibration runs the model with taps at all inner values.
  plan: (step, data) => ({
    pictures: step.settings['method'] === 'static' ? 2 * (data.calibration?.samples.length ?? 0) : 0,
    phases: { calibrate: 2, write: 0.2 },
  }),
  async run(request) {
    const settings = request.step.settings as QuantizeSettings;
    const result = await methods[settings.method](request.model, quantizeRequest(request, settings), dependencies(request));
    return { model: result.model, report: reportOf(result, settings) };
  },
};

/** What was done to the layers, for the run folder. */
export const reportOf = ({ layers, notQuantized, notes }: QuantizeResult, settings: QuantizeSettings): StepReport => ({
  layers: layers.map((row) => ({ ...row })),
  notQuantized,
  notes,
  scheme: schemeText(settings),
  bits: bitsOf(layers),
});

/** What the sampling part of a step needs. */
type ShardRequest = Omit<StepRequest, 'checkpoints' | 'piece' | 'modelPiece' | 'ancestors' | 'models'>;

/** The sampling part alone, on the samples of `range`. Changes the model. */
export const calibrateShard = (request: ShardRequest, range: { readonly from: number; readonly to: number }): Promise<SavedCollection> =>
  calibrateStatic(request.model, quantizeRequest(request, request.step.settings as QuantizeSettings), dependencies(request), range);

function quantizeRequest({ step, recipe }: Pick<StepRequest, 'step' | 'recipe'>, settings: QuantizeSettings): QuantizeRequest {
  const target = findTarget(recipe.target);
  if (!target) throw new LatheError('recipe.target', `there is no target ${JSON.stringify(recipe.target)}`);
  return { settings, layers: step.layers, target };
}

function dependencies({ runtime, context, data, checkpoints }: ShardRequest & Partial<StepRequest>): QuantizeDependencies {
  return {
    runtime,
    context,
    ...(checkpoints ? { checkpoints } : {}),
    ...(data.calibration ? { dataset: data.calibration } : {}),
    ...(data.settings ? { input: data.settings } : {}),
  };
}

/** "static, weights 4 bits per channel, packed, activations 8 bits, mse": for `metadata_props`. */
function schemeText(settings: QuantizeSettings): string {
  const { method, weights, granularity, storage, activations, calibrate } = settings;
  const bits = (width: number | string): string => (typeof width === 'number' ? `${width} bits` : width);
  const sharing = granularity === 'block' ? `block of ${settings['block-size']}` : granularity;
  const parts: string[] = [method, weights === 'float' ? 'weights float' : `weights ${bits(weights)} per ${sharing}`];
  if (storage === 'packed') parts.push('packed');
  if (method === 'static') parts.push(`activations ${bits(activations)}`, calibrate);
  return parts.join(', ');
}

function bitsOf(layers: readonly LayerRow[]): StepReport['bits'] {
  const entries = layers.map(({ name, weights, input, output }) => {
    const activations = (input ?? output)?.bits;
    return [
      name,
      { ...(weights ? { weights: weights.bits, elements: weights.elements } : {}), ...(activations ? { activations } : {}) },
    ] as const;
  });
  return Object.fromEntries(entries);
}
