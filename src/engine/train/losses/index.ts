import { Type } from '@sinclair/typebox';
import { Default } from '@sinclair/typebox/value';
import { LatheError } from '../../base/errors.ts';
import { charbonnierLoss } from './charbonnier.ts';
import { crossEntropyLoss } from './cross-entropy.ts';
import { detectionLoss } from './detection/detection.ts';
import { lossesParameter, type LossDeclaration, type LossWiring } from './declaration.ts';
import { l1Loss } from './l1.ts';
import type { Loss, WeightedLoss } from './loss.ts';
import { mseLoss } from './mse.ts';
import { ssimLoss } from './ssim.ts';

/** Every loss that a recipe can name: those that compare with what the pictures themselves know. A teacher's come with the step that has one. A new one is one file and a line here. */
export const losses: readonly LossDeclaration[] = [crossEntropyLoss, mseLoss, l1Loss, charbonnierLoss, ssimLoss, detectionLoss];

/** `losses` as written: a weight, or settings with one. */
export type LossesSetting = Readonly<Record<string, number | ({ readonly weight?: number } & Readonly<Record<string, unknown>>)>>;

/** The setting `losses` of steps that train. */
export const lossesSetting = Type.Optional(Type.Unsafe<LossesSetting>(lossesParameter(losses)));

/** What the pictures bring. */
export type Known = ReadonlySet<LossDeclaration['compares']>;

/** The losses that a recipe asks for. Throws `training.loss` for one that compares with what the pictures lack. */
export function namedLosses(setting: LossesSetting, known: Known, wiring: LossWiring): WeightedLoss[] {
  return Object.entries(setting).flatMap(([name, value]) => {
    const declaration = losses.find((loss) => loss.name === name);
    if (!declaration) throw new LatheError('training.loss', `there is no loss ${JSON.stringify(name)}`);
    if (!known.has(declaration.compares)) throw lacking(declaration);
    const { weight = 1, ...settings } = typeof value === 'number' ? { weight: value } : value;
    return weight === 0 ? [] : [{ loss: made(declaration, settings, wiring), weight }];
  });
}

/** What fits pictures that bring labels, boxes or targets, best known first; none where they bring nothing. */
export function defaultLosses(known: Known, wiring: LossWiring): WeightedLoss[] {
  const fitting = [crossEntropyLoss, detectionLoss, charbonnierLoss].find(({ compares }) => known.has(compares));
  return fitting ? [{ loss: made(fitting, {}, wiring), weight: 1 }] : [];
}

/** Settings that are not given have their defaults. */
const made = ({ parameters, make }: LossDeclaration, settings: Readonly<Record<string, unknown>>, wiring: LossWiring): Loss =>
  make(Default(parameters, { ...settings }) as Record<string, unknown>, wiring);

/** By what a loss compares with. */
const wanted: Readonly<Record<LossDeclaration['compares'], string>> = {
  labels: 'labels (labels: folders)',
  targets: 'pairs or degrade',
  boxes: 'boxes (labels: boxes.json) and decode',
};

function lacking({ name, compares }: LossDeclaration): LatheError {
  const hint = `Give ${wanted[compares]} under data.train.`;
  return new LatheError('training.loss', `the loss ${name} cannot be computed: the training pictures have no ${compares}`, { hint });
}
