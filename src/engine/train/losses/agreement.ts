import { answerParts, type AnswerPart, type AnswerSettings } from './answer-parts.ts';
import { classDivergence, scoreDivergence } from './divergence.ts';
import type { Loss, LossSite } from './loss.ts';

export interface AgreementSettings extends AnswerSettings {
  /** Softens answers that are classes. */
  readonly temperature?: number;
}

/** Keeps sums that may be zero from being divided by. */
const tiny = 1e-12;
/** What counts where the teacher sees nothing, beside 1 where it is sure. */
const background = 0.01;
/** Scores that are probabilities already stay this far from 0 and 1. */
const margin = 1e-6;

/**
 * How far the outputs are from the teacher's, where nothing else is known of the pictures; 0 where they are the same. Each output by its kind, the mean over outputs:
 * classes by the divergence of softened answers (a mean over rows), scores by their divergence over the sum of the teacher's, other values by their squared error over
 * the squared values. In a detector values count where the teacher's scores of the same places are high (Chen et al. 2017, "Learning efficient object detection models
 * with knowledge distillation", section 3.3, weighs by foreground too). Throws `training.teacher`.
 */
export const agreement = ({ temperature = 1, ...settings }: AgreementSettings): Loss => ({
  name: 'agreement',
  build(site) {
    const parts = answerParts(site, settings);
    const scores = parts.filter(({ kind }) => kind === 'scores');
    const terms = parts.map((part) => {
      if (part.kind === 'classes') return classTerm(site, part, temperature);
      return part.kind === 'scores' ? scoreTerm(site, part) : valueTerm(site, part, scores);
    });
    const sum = terms.length === 1 ? terms[0]! : site.emit('Sum', terms);
    return terms.length === 1 ? sum : site.emit('Mul', [sum, site.number(1 / terms.length)]);
  },
});

const total = (site: LossSite, value: string): string => site.emit('ReduceSum', [value], { keepdims: 0 });
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** `error` over `norm`, both summed. */
const relative = (site: LossSite, error: string, norm: string, least = tiny): string =>
  site.emit('Div', [total(site, error), site.emit('Add', [total(site, norm), site.number(least)])]);

function classTerm(site: LossSite, { found, wanted, axis, shape }: AnswerPart, temperature: number): string {
  const answers = sizeOf(shape) / (shape[axis] ?? 1);
  return site.emit('Mul', [classDivergence(site, found, wanted, axis, temperature), site.number(1 / answers)]);
}

function scoreTerm(site: LossSite, part: AnswerPart): string {
  const { found, wanted, isBare, shape } = part;
  const [a, b] = isBare ? [found, wanted] : [found, wanted].map((value) => logitOf(site, value));
  return relative(site, scoreDivergence(site, a!, b!), probability(site, part), sizeOf(shape) * background * background);
}

function valueTerm(site: LossSite, { found, wanted, shape }: AnswerPart, scores: readonly AnswerPart[]): string {
  const weight = weightOf(site, shape, scores);
  const square = (value: string): string => {
    const squared = site.emit('Mul', [value, value]);
    return weight === undefined ? squared : site.emit('Mul', [squared, weight]);
  };
  return relative(site, square(site.emit('Sub', [found, wanted])), square(wanted));
}

/** Log of the odds. */
function logitOf(site: LossSite, score: string): string {
  const inside = site.emit('Clip', [score, site.number(margin), site.number(1 - margin)]);
  return site.emit('Log', [site.emit('Div', [inside, site.emit('Sub', [site.number(1), inside])])]);
}

const probability = (site: LossSite, { wanted, isBare }: AnswerPart): string => (isBare ? site.emit('Sigmoid', [wanted]) : wanted);

/** How sure the teacher is at each place of a map of values: the product of all score maps over the same places, of each the highest class. */
function weightOf(site: LossSite, shape: readonly number[], scores: readonly AnswerPart[]): string | undefined {
  const maps = scores.flatMap((score) => {
    const axis = channelAxis(shape, score.shape);
    if (axis === undefined) return [];
    const all = probability(site, score);
    return [score.shape[axis] === 1 ? all : site.emit('ReduceMax', [all, site.indices([axis])], { keepdims: 1 })];
  });
  if (maps.length === 0) return undefined;
  const product = maps.reduce((a, b) => site.emit('Mul', [a, b]));
  return site.emit('Add', [product, site.number(background)]);
}

/** The axis along which two maps of the same places differ; for equal shapes the usual one. undefined: they are maps of different places. */
function channelAxis(a: readonly number[], b: readonly number[]): number | undefined {
  if (a.length !== b.length || a.length < 3) return undefined;
  const unlike = a.flatMap((size, axis) => (size === b[axis] ? [] : [axis]));
  if (unlike.length > 1 || unlike[0] === 0) return undefined;
  return unlike[0] ?? (a.length === 3 ? 2 : 1);
}
