import { LatheError } from '../../base/errors.ts';
import type { DecodeDeclaration } from '../../data/source.ts';
import { bareOutput, type OutputKind, type OutputMeaning } from './bare-output.ts';
import type { LossSite } from './loss.ts';

/** A part of an output whose numbers are all of one kind, with what the teacher answers there. Both of one shape. */
export interface AnswerPart {
  readonly kind: OutputKind;
  readonly shape: readonly number[];
  readonly found: string;
  readonly wanted: string;
  /** Of the classes. */
  readonly axis: number;
  /** Scores before the sigmoid, or probabilities already. */
  readonly isBare: boolean;
}

export interface AnswerSettings {
  readonly meaning: OutputMeaning;
  /** The teacher's bare outputs by name, in the order of the outputs. */
  readonly answers: readonly string[];
  /** Where boxes and scores lie in one output of a detector. */
  readonly decode?: DecodeDeclaration['kind'];
}

/** A field of an output: its places along one axis. */
interface Field {
  readonly kind: OutputKind;
  readonly from: number;
  readonly to: number;
}

/** All outputs beside the teacher's, those of several kinds of numbers split into fields. Throws `training.teacher` where the shapes differ. */
export function answerParts(site: LossSite, { meaning, answers, decode }: AnswerSettings): AnswerPart[] {
  return site.outputs.flatMap(({ name: output }, index) => {
    const bare = bareOutput(site.model.graph, output, (name) => site.value(name).shape, meaning);
    const wanted = teacherValue(site, output, answers[index], bare.shape);
    const part: AnswerPart = { ...bare, found: bare.name, wanted, isBare: true };
    if (bare.kind !== 'values') return [part];
    const { axis, fields } = fieldsOf(site, output, bare.shape, decode);
    return fields.length < 2 ? [part] : fields.map((field) => slice(site, part, axis, field));
  });
}

/** The teacher's answer to an output in the student's shape: sizes of 1 may lie elsewhere. */
function teacherValue(site: LossSite, output: string, answer: string | undefined, shape: readonly number[]): string {
  const fail = (message: string): LatheError =>
    new LatheError('training.teacher', `the output ${JSON.stringify(output)} cannot be compared with the teacher's: ${message}`, {
      hint: 'The teacher must answer in the form of the student: the same outputs of the same shapes, in the same order.',
    });
  if (answer === undefined) throw fail(`the teacher has ${site.outputs.length > 1 ? 'fewer outputs' : 'no output'}`);
  const teacher = site.teacher(answer);
  const real = (dims: readonly number[]): string => dims.slice(1).filter((size) => size > 1).join(' × '); // prettier-ignore
  if (real(teacher.shape) !== real(shape)) throw fail(`it is ${shape.join(' × ')} here, ${teacher.shape.join(' × ')} there`);
  return teacher.shape.length === shape.length ? teacher.name : site.emit('Reshape', [teacher.name, site.indices(shape)]);
}

/** The fields of an output that is put together of scores and other values (YOLOv8), or whose layout `decode` tells. */
function fieldsOf(
  site: LossSite,
  output: string,
  shape: readonly number[],
  decode: AnswerSettings['decode'],
): { axis: number; fields: Field[] } {
  const { graph } = site.model;
  if ((decode === 'yolov5' || decode === 'yolov8') && shape.length === 3) {
    const axis = decode === 'yolov5' ? 2 : 1;
    return { axis, fields: [{ kind: 'values', from: 0, to: 4 }, { kind: 'scores', from: 4, to: shape[axis]! }] }; // prettier-ignore
  }
  const node = graph.producer(output);
  if (node?.op !== 'Concat') return { axis: 0, fields: [] };
  const given = node.int('axis', 0);
  const axis = given < 0 ? given + shape.length : given;
  let from = 0;
  const fields = node.inputs.map((input): Field => {
    const to = from + (site.value(input).shape[axis] ?? 0);
    const field: Field = { kind: graph.producer(input)?.op === 'Sigmoid' ? 'scores' : 'values', from, to };
    from = to;
    return field;
  });
  return { axis, fields: fields.some(({ kind }) => kind === 'scores') ? fields : [] };
}

function slice(site: LossSite, { shape, found, wanted }: AnswerPart, axis: number, { kind, from, to }: Field): AnswerPart {
  const cut = (value: string): string => site.emit('Slice', [value, site.indices([from]), site.indices([to]), site.indices([axis])]);
  return {
    kind,
    shape: shape.map((size, i) => (i === axis ? to - from : size)),
    found: cut(found),
    wanted: cut(wanted),
    axis: 0,
    isBare: false,
  };
}
