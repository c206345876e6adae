import type { ResolvedRecipe } from '../../recipe/types.ts';
import { agreement } from '../../train/losses/agreement.ts';
import type { AnswerSettings } from '../../train/losses/answer-parts.ts';
import { distillation } from '../../train/losses/distillation.ts';
import type { Loss } from '../../train/losses/loss.ts';
import type { TrainingPictures } from './pictures.ts';

/** What a step's pictures and recipe say of the answers that models give. */
export interface AnswerMeaning extends Omit<AnswerSettings, 'answers'> {
  readonly meaning: 'classification' | 'unknown';
}

export function answerMeaning({ task, data }: ResolvedRecipe, { truth }: TrainingPictures): AnswerMeaning {
  const { decode } = data.train ?? data.calibration ?? {};
  return {
    meaning: truth === 'labels' || task === 'classification' ? 'classification' : 'unknown',
    ...(decode ? { decode: decode.kind } : {}),
  };
}

/** How far a student's answers are from those of its teacher: softened ones where they are classes, all outputs by their kind else. */
export const answerLoss = (meaning: AnswerMeaning, answers: readonly string[], temperature: number): Loss =>
  meaning.meaning === 'classification' && answers.length === 1
    ? distillation({ temperature, answer: answers[0]! })
    : agreement({ ...meaning, answers, temperature });
