import { LatheError } from '../../base/errors.ts';
import { contradictions } from '../../data/input-settings.ts';
import { readModel } from '../../onnx/file.ts';
import type { Model } from '../../onnx/graph.ts';
import { preparedTeacher } from '../../train/teacher/open-teacher.ts';
import { modelInputs } from '../run-data.ts';
import type { StepRequest } from '../steps/step.ts';

/**
 * The model that a step learns from, prepared: a file, the newest state of one of the recipe's models by its alias, or without either the
 * model that the recipe began with. Throws `training.teacher` where it sees pictures in another way than the student, `model.*`.
 */
export async function readTeacher(request: StepRequest, file: string | undefined): Promise<Model> {
  const { ancestors } = request;
  if (file === undefined && ancestors.length < 2)
    throw new LatheError('training.teacher', 'there is no teacher to learn from', {
      hint: 'Name a model under distill.teacher (--teacher).',
    });
  const model = await (file === undefined ? ancestors[0]!.load() : (request.models.get(file)?.load() ?? readModel(file)));
  checkPreprocessing(request, model);
  return preparedTeacher(model, request);
}

/** A teacher that says of itself how pictures become its input must be fed as the student is. */
function checkPreprocessing({ data }: StepRequest, teacher: Model): void {
  const [input] = modelInputs(teacher);
  if (!data.settings || !input) return;
  const { layout: _, ...settings } = data.settings;
  const unlike = contradictions(settings as Parameters<typeof contradictions>[0], input, teacher.metadata);
  if (unlike.length === 0) return;
  throw new LatheError(
    'training.teacher',
    `the teacher was trained with other pictures: ${unlike.join(', ')} of its input are not those of the student`,
    {
      file: teacher.path,
      hint: 'Student and teacher see the same batches: use a teacher with the same data.input.',
    },
  );
}
