import type { Context } from '../../base/context.ts';
import { LatheError, throwIfCancelled } from '../../base/errors.ts';
import type { Batch, BatchSource } from '../../data/batches.ts';
import { cloneModel } from '../../onnx/clone.ts';
import { encodeModel } from '../../onnx/codec.ts';
import { DataType } from '../../onnx/data-type.ts';
import type { Model, ValueInfo } from '../../onnx/graph.ts';
import { inferShapes } from '../../ops/infer.ts';
import type { Runtime, RuntimeTensor } from '../../runtime/runtime.ts';
import { simplify } from '../../simplify/index.ts';
import { upgradeOpset } from '../../simplify/upgrade-opset.ts';
import { bareOutput, type OutputMeaning } from '../losses/bare-output.ts';
import { rebatch } from '../rebatch.ts';
import type { Teacher } from '../task.ts';
import { KnownAnswers } from './known-answers.ts';
import { takeInputOf } from './teacher-input.ts';

export interface TeacherRequest {
  /** Prepared (`preparedTeacher`); not changed. */
  readonly model: Model;
  /** The model that learns, prepared: the teacher sees its batches. */
  readonly student: Model;
  readonly batches: Pick<BatchSource, 'isFixed' | 'size' | 'stepsPerEpoch'>;
  /** What outputs mean that nothing else tells apart. */
  readonly meaning: OutputMeaning;
  /** Inner values that losses compare as well. */
  readonly features?: readonly string[];
}

export interface TeacherDependencies {
  readonly runtime: Runtime;
  readonly context: Context;
}

export interface OpenTeacher extends Teacher {
  /** Its outputs before a final Softmax or Sigmoid, by name, in its order: the `answers` of losses. */
  readonly outputs: readonly string[];
}

/** The form of what the teacher is asked for. */
const opset = 21;
/** Pictures of one run: as fast as a whole batch, less memory, and of a batch that is known in part only the rest is computed. */
const together = 16;

/** The clean form of a teacher, whose inner values features are chosen from. Returns a copy. Throws `model.*`. */
export async function preparedTeacher(model: Model, dependencies: TeacherDependencies): Promise<Model> {
  const prepared = cloneModel(model);
  upgradeOpset(prepared, opset);
  await simplify(prepared, dependencies, { keepLayers: true });
  return prepared;
}

/**
 * A trained model that answers batches: weights are constants, a final Softmax or Sigmoid is left out. Answers to pictures that look the same in every epoch are kept
 * (float32, bounded). Throws `training.teacher` where it cannot see the student's batches, `model.*`, `runtime.*`.
 */
export async function openTeacher(request: TeacherRequest, dependencies: TeacherDependencies): Promise<OpenTeacher> {
  const { runtime, context } = dependencies;
  const { student, batches, meaning, features = [] } = request;
  const model = cloneModel(request.model);
  const input = takeInputOf(model, student);
  const rows = Math.min(together, batches.size);
  rebatch(model, rows);
  const shapes = inferShapes(model);
  const shapeOf = (name: string): number[] => (shapes.of(name)?.shape ?? []).map(Number);
  const outputs = model.graph.outputs.map(({ name }) => bareOutput(model.graph, name, shapeOf, meaning).name);
  const names = [...new Set([...outputs, ...features])];
  const sizes = names.map((name) => perPicture(model, name, shapeOf(name), rows));
  model.graph.outputs = names.map((name) => ({ name, type: { kind: 'tensor', elementType: DataType.float32 } }));
  model.graph.prune();
  const session = await runtime.load(encodeModel(model), { optimize: 'all', threads: context.threads });
  const known = new KnownAnswers(4 * sizes.reduce((sum, dims) => sum + elements(dims), 0), batches);

  /** Computes the answers to some pictures of a batch: one list of rows for each. */
  const ask = async (batch: Batch, places: readonly number[]): Promise<Float32Array[][]> => {
    const results = await session.run({ [input]: gathered(batch.input, places, rows) });
    return places.map((_, i) =>
      names.map((name, value) =>
        (results[name]!.data as Float32Array).slice(i * elements(sizes[value]!), (i + 1) * elements(sizes[value]!)),
      ),
    );
  };

  return {
    outputs,
    values: new Map(names.map((name, i) => [name, valueInfo(name, [batches.size, ...sizes[i]!])])),
    async answers(batch) {
      const found = batch.samples.map((sample) => known.of(sample));
      const missing = found.flatMap((rowsOf, place) => (rowsOf ? [] : [place]));
      for (let from = 0; from < missing.length; from += rows) {
        throwIfCancelled(context.signal);
        const places = missing.slice(from, from + rows);
        (await ask(batch, places)).forEach((answer, i) => {
          found[places[i]!] = answer;
          known.keep(batch.samples[places[i]!]!, answer);
        });
      }
      return Object.fromEntries(
        names.map((name, value) => [
          name,
          stacked(
            found.map((answer) => answer![value]!),
            sizes[value]!,
          ),
        ]),
      );
    },
    dispose: () => session.dispose(),
  };
}

const elements = (dims: readonly number[]): number => dims.reduce((product, size) => product * size, 1);
const valueInfo = (name: string, shape: readonly number[]): ValueInfo => ({
  name,
  type: { kind: 'tensor', elementType: DataType.float32, shape },
});

/** A value's sizes for one picture. Throws `training.teacher` where pictures are not its rows. */
function perPicture(model: Model, name: string, shape: readonly number[], rows: number): number[] {
  if (shape[0] === rows && shape.every(Number.isInteger)) return shape.slice(1);
  throw new LatheError('training.teacher', `the teacher's value ${JSON.stringify(name)} has no row for each picture`, {
    file: model.path,
    hint: 'A teacher answers every picture by itself, in a shape that is known before it runs.',
  });
}

/** Some rows of a batch, the last one again where there are fewer than `rows`. */
function gathered({ type, dims, data }: RuntimeTensor, places: readonly number[], rows: number): RuntimeTensor {
  const size = elements(dims.slice(1));
  const all = data as Float32Array;
  const picked = new Float32Array(rows * size);
  for (let row = 0; row < rows; row++) {
    const place = places[Math.min(row, places.length - 1)]!;
    picked.set(all.subarray(place * size, (place + 1) * size), row * size);
  }
  return { type, dims: [rows, ...dims.slice(1)], data: picked };
}

function stacked(rows: readonly Float32Array[], dims: readonly number[]): RuntimeTensor {
  const size = elements(dims);
  const data = new Float32Array(rows.length * size);
  rows.forEach((row, i) => data.set(row, i * size));
  return { type: DataType.float32, dims: [rows.length, ...dims], data };
}
