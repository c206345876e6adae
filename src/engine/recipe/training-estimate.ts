import type { Path } from './check.ts';
import { usualBatch } from '../train/usual-batch.ts';
import type { ModelFacts } from './facts/types.ts';
import type { RuleContext, StepView } from './rules/rule.ts';
import { known } from './world.ts';

/** A forward pass and two products of its size backwards (Chen et al., arXiv:1604.06174, section 3, count the same). */
const passes = 3;
/** Multiply-adds a second that training reaches on an ordinary CPU of 8 cores: 2·10^10 to 10^11 were measured; this is the fast end, so that the estimate is a least one. */
const rate = 1e11;
/** Of each layer's output what came and its gradient; 4 bytes a number. */
const bytesPerValue = 8;
/** Weights, gradients and two moments of Adam. */
const bytesPerParameter = 16;

/** Training that a step does. */
export interface Training {
  readonly path: Path;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly written: Readonly<Record<string, unknown>>;
  /** How often it is done. */
  readonly rounds: number;
}

/** What a step trains: itself, or in `finetune`. */
export function trainingOf({ path, settings, written }: StepView): Training | undefined {
  if (typeof settings['epochs'] === 'number') return { path, settings, written, rounds: 1 };
  const [filled, own] = [settings['finetune'], written['finetune']];
  if (typeof filled !== 'object' || filled === null || typeof own !== 'object' || own === null) return undefined;
  const rounds = typeof settings['steps'] === 'number' ? settings['steps'] : 1;
  return { path: [...path, 'finetune'], settings: filled as Training['settings'], written: own as Training['written'], rounds };
}

/** Pictures that go through the network together; where nobody says, what follows from their number, or the most. */
export const batchOf = (context: RuleContext, { settings }: Training): number =>
  (settings['batch'] as number | undefined) ?? context.data.train?.batch ?? usualBatch(trainingPictures(context) ?? Infinity);

/** Numbers in all layers' outputs for one picture; undefined where the shape of one with weights is not known. */
function valuesOf({ layers }: Pick<ModelFacts, 'layers'>): number | undefined {
  let sum = 0;
  for (const { shape, weights } of layers) {
    const sizes = shape?.slice(1).map((size) => (typeof size === 'number' && size > 0 ? size : undefined));
    if (sizes?.every((size) => size !== undefined)) sum += sizes.reduce<number>((product, size) => product * size!, 1);
    else if (weights) return undefined;
  }
  return sum;
}

/** Memory that a batch of so many pictures needs; undefined where shapes are not known. */
export function trainingBytes(facts: Pick<ModelFacts, 'layers' | 'parameters'>, pictures: number): number | undefined {
  const values = valuesOf(facts);
  return values === undefined ? undefined : pictures * values * bytesPerValue + facts.parameters * bytesPerParameter;
}

/** Pictures of the training data; undefined where they are not counted. */
export function trainingPictures({ data, world, recipe }: RuleContext): number | undefined {
  const source = recipe.data?.train && data.train;
  const facts = source && known(world.data(source.path, recipe.data?.train?.labels));
  const rows = source?.split === undefined ? undefined : facts?.splits?.[source.split];
  return facts && Math.min(source.count ?? Infinity, rows ?? facts.count);
}

/** The least time that a training takes on a CPU; undefined where it is not known, or ends by steps. */
export function trainingSeconds(training: Training, { macs }: Pick<ModelFacts, 'macs'>, pictures: number | undefined): number | undefined {
  const { epochs, 'max-steps': mostSteps } = training.settings;
  if (macs === null || pictures === undefined || mostSteps !== undefined || typeof epochs !== 'number') return undefined;
  return (macs * passes * pictures * epochs * training.rounds) / rate;
}
