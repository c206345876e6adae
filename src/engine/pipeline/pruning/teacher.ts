import type { Model } from '../../onnx/graph.ts';
import { preparedTeacher } from '../../train/teacher/open-teacher.ts';
import { readTeacher } from '../training/teacher.ts';
import type { StepRequest } from '../steps/step.ts';

/** Steps that take something away. */
export const lossySteps: ReadonlySet<string> = new Set(['prune', 'cluster', 'quantize', 'qat', 'auto']);

/** What fine-tuning learns from, prepared: the model that is named, else the newest on the way here from which nothing had been taken away. */
export async function pruningTeacher(request: StepRequest, named: string | undefined): Promise<Model> {
  if (named !== undefined) return readTeacher(request, named);
  const { ancestors } = request;
  const first = ancestors.findIndex(({ step }) => step && lossySteps.has(step.step));
  return preparedTeacher(await ancestors.at(first < 0 ? -1 : first - 1)!.load(), request);
}
