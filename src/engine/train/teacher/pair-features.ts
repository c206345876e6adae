import { LatheError } from '../../base/errors.ts';
import { cloneModel } from '../../onnx/clone.ts';
import type { Model } from '../../onnx/graph.ts';
import type { FeaturePair } from '../losses/features.ts';
import { pairStages, stagesOf } from './stages.ts';
import { takeInputOf } from './teacher-input.ts';

/**
 * Which inner values of two prepared models are compared. `layers`: `STUDENT` or `STUDENT = TEACHER`, names of layers whose outputs are meant; none: the ends of all
 * stages. The student's picture sizes are known. Throws `training.features`, `training.teacher`.
 */
export function pairFeatures(student: Model, teacher: Model, layers: readonly string[] = []): FeaturePair[] {
  if (layers.length) return layers.map((text) => namedPair(student, teacher, text));
  const seen = cloneModel(teacher);
  takeInputOf(seen, student);
  const pairs = pairStages(stagesOf(student), stagesOf(seen));
  if (pairs.length) return pairs;
  throw new LatheError('training.features', 'student and teacher have no maps of features to compare', {
    file: student.path,
    hint: 'Use features: none, or name layers (feature-layers).',
  });
}

function namedPair(student: Model, teacher: Model, text: string): FeaturePair {
  // A name may hold the separator itself: the student's layer is the longest one that the text begins with.
  const whole = outputOf(student, text);
  const parts = text.split('=');
  for (let i = parts.length - 1; whole === undefined && i > 0; i--) {
    const [a, b] = [parts.slice(0, i).join('=').trim(), parts.slice(i).join('=').trim()];
    const value = outputOf(student, a);
    if (value !== undefined) return { student: value, teacher: outputOf(teacher, b) ?? missing(teacher, b, 'teacher') };
  }
  if (whole === undefined) return missing(student, text, 'student');
  return { student: whole, teacher: outputOf(teacher, text) ?? missing(teacher, text, 'teacher') };
}

const outputOf = (model: Model, layer: string): string | undefined => model.graph.nodeByLabel(layer)?.outputs[0];

function missing(model: Model, layer: string, who: string): never {
  throw new LatheError('training.features', `the ${who} has no layer ${JSON.stringify(layer)}`, {
    file: model.path,
    hint: 'Write the name of a layer that both have, or STUDENT = TEACHER.',
  });
}
