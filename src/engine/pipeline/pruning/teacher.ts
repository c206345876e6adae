import type { Model } from '../../onnx/graph.ts';
import { preparedTeacher } from '../../train/teacher/open-teacher.ts';
import { readTeacher } from '../training/teacher.ts';
import type { ResolvedStep } from '../../recipe/types.ts';
import type { StepRequest } from '../steps/step.ts';

const lossySteps: ReadonlySet<string> = new Set(['prune', 'cluster', 'quantize', 'qat', 'auto']);

/** Whether a step takes something away. */
export const isLossy = ({ step, settings }: Pick<ResolvedStep, 'step' | 'settings'>): boolean =>
  lossySteps.has(step) || (step === 'joint' && (settings['qat'] !== undefined || settings['prune'] !== undefined));

/** What fine-tuning learns from, prepared: the model that is named, else the newest on the way here from which nothing had been taken away. */
export async function pruningTeacher(request: StepRequest, named: string | undefined): Promise<Model> {
  if (named !== undefined) return readTeacher(request, named);
  const { ancestors } = request;
  return preparedTeacher(await ancestors.at(firstLossy(request) - 1)!.load(), request);
}

/** Whether that is the very model that the step cuts. */
export const learnsFromItself = (request: StepRequest, named: string | undefined): boolean =>
  named === undefined && firstLossy(request) === request.ancestors.length;

/** Place of the first ancestor that has lost something; behind all where none has. */
function firstLossy({ ancestors }: StepRequest): number {
  const first = ancestors.findIndex(({ step }) => step && isLossy(step));
  return first < 0 ? ancestors.length : first;
}
