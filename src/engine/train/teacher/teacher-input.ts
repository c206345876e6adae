import { LatheError } from '../../base/errors.ts';
import type { Dim, Model, ValueInfo } from '../../onnx/graph.ts';

/** Gives the teacher's input the sizes of the student's, in place, and returns its name. Throws `training.teacher` where it takes other pictures. */
export function takeInputOf(teacher: Model, student: Model): string {
  const [own, wanted] = [teacher, student].map((model) => model.graph.requiredInputs) as [ValueInfo[], ValueInfo[]];
  const fail = (message: string): LatheError =>
    new LatheError('training.teacher', message, {
      file: teacher.path,
      hint: 'The teacher sees the very pictures that the student learns from: both must take the same size, layout and channels.',
    });
  const [input] = own;
  if (own.length !== 1 || wanted.length !== 1 || !input)
    throw fail(`the teacher takes ${own.length} inputs, the student ${wanted.length}; each must take one`);
  const [from, to] = [shapeOf(input), shapeOf(wanted[0]!)];
  if (!from || !to || !fits(from, to)) throw fail(`the teacher takes pictures of ${text(from)}, the student of ${text(to)}`);
  const { elementType } = wanted[0]!.type as Extract<ValueInfo['type'], { kind: 'tensor' }>;
  if (input.type?.kind === 'tensor' && input.type.elementType !== elementType)
    throw fail('the teacher takes numbers of another type than the student');
  const type = { kind: 'tensor', elementType, shape: [from[0] ?? null, ...to.slice(1)] } as const;
  teacher.graph.inputs = teacher.graph.inputs.map((value) => (value.name === input.name ? { name: input.name, type } : value));
  return input.name;
}

const shapeOf = ({ type }: ValueInfo): readonly Dim[] | undefined => (type?.kind === 'tensor' ? type.shape : undefined);

/** All but the batch; what is free takes any size. */
const fits = (teacher: readonly Dim[], student: readonly Dim[]): boolean =>
  teacher.length === student.length &&
  teacher.every((size, i) => i === 0 || typeof size !== 'number' || typeof student[i] !== 'number' || size === student[i]);

const text = (shape: readonly Dim[] | undefined): string => shape?.slice(1).map((size) => size ?? '?').join(' × ') ?? 'unknown size'; // prettier-ignore
