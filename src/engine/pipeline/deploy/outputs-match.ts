import type { OutputsMatch } from '../../../protocol/results/board.ts';
import { LatheError } from '../../base/errors.ts';
import { readTensorFile } from '../../data/npy/array.ts';
import type { LoadedSample } from '../../data/types.ts';
import type { Outputs } from '../../evaluate/metric.ts';
import { numbersOf } from '../../evaluate/outputs.ts';
import type { Runner } from '../../evaluate/sessions.ts';
import type { Model } from '../../onnx/graph.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import type { BoardFigures } from '../../targets/run-plan.ts';

/** Compares what a board has computed with what was expected, element by element, and answers in a model's place. */
export class BoardAnswers implements Runner {
  readonly #seen = new Set<number>();
  #elements = 0;
  #equal = 0;
  #maxAbs = 0;
  #maxSteps: number | undefined;

  constructor(
    private readonly files: NonNullable<BoardFigures['outputs']>,
    private readonly place: ReadonlyMap<number, number>,
    private readonly expected: Runner,
    /** Quantization step of an output by its name, where it has one. */
    private readonly steps: ReadonlyMap<string, number>,
  ) {}

  async outputs(sample: LoadedSample): Promise<Outputs> {
    const expected = await this.expected.outputs(sample);
    const found: Record<string, RuntimeTensor> = {};
    for (const [position, [name, wanted]] of Object.entries(expected).entries()) {
      const tensor = await this.#read(name, position, sample, Object.keys(expected).length);
      found[name] = alike(tensor, wanted, name);
      // An evaluation may ask twice.
      if (!this.#seen.has(sample.index)) this.#compare(name, numbersOf(tensor), numbersOf(wanted));
    }
    this.#seen.add(sample.index);
    return found;
  }

  /** By name, or by position where compilers have renamed the outputs. */
  async #read(name: string, position: number, sample: LoadedSample, count: number): Promise<RuntimeTensor> {
    const all = Object.keys(this.files);
    const files = this.files[name] ?? (all.length === count ? this.files[all[position]!] : undefined);
    const file = files?.[this.place.get(sample.index) ?? -1];
    if (file === undefined) throw strange(`the board gave no output ${JSON.stringify(name)} for ${sample.id}`);
    return readTensorFile(file);
  }

  #compare(name: string, found: ArrayLike<number>, wanted: ArrayLike<number>): void {
    const step = this.steps.get(name);
    this.#elements += wanted.length;
    for (let i = 0; i < wanted.length; i++) {
      const [a, b] = [found[i]!, wanted[i]!];
      if (a === b || (Number.isNaN(a) && Number.isNaN(b))) {
        this.#equal++;
        continue;
      }
      const difference = Math.abs(a - b);
      const apart = Number.isNaN(difference) ? Infinity : difference;
      this.#maxAbs = Math.max(this.#maxAbs, apart);
      if (step !== undefined) this.#maxSteps = Math.max(this.#maxSteps ?? 0, apart / step);
    }
    if (step !== undefined) this.#maxSteps ??= 0;
  }

  match(): OutputsMatch {
    return {
      pictures: this.#seen.size,
      elements: this.#elements,
      equal: this.#equal,
      maxAbs: this.#maxAbs,
      ...(this.#maxSteps === undefined ? {} : { maxSteps: this.#maxSteps }),
    };
  }

  dispose(): Promise<void> {
    return Promise.resolve(); // `expected` is its owner's
  }
}

/** The same elements in the shape that is expected: boards may leave out extents of 1. */
function alike(tensor: RuntimeTensor, wanted: RuntimeTensor, name: string): RuntimeTensor {
  if (tensor.data.length === wanted.data.length) return { ...tensor, dims: wanted.dims };
  // Detectors with a free number of rows may answer with another one.
  if (tensor.dims.length === wanted.dims.length && tensor.dims.at(-1) === wanted.dims.at(-1)) return tensor;
  throw strange(`the board's output ${JSON.stringify(name)} is [${tensor.dims.join(', ')}] where [${wanted.dims.join(', ')}] was expected`);
}

const strange = (message: string): LatheError => new LatheError('board.outputs', message.slice(0, 500), {}, 1);

/** Steps of outputs that DequantizeLinear makes with one scale. */
export function outputSteps({ graph }: Model): Map<string, number> {
  const steps = new Map<string, number>();
  for (const { op, inputs, outputs } of graph.nodes) {
    const [name] = outputs;
    if (op !== 'DequantizeLinear' || name === undefined || !graph.outputs.some((output) => output.name === name)) continue;
    const scale = graph.initializers.get(inputs[1] ?? '');
    const value = scale && scale.size === 1 ? scale.toFloat64()[0] : undefined;
    if (value) steps.set(name, value);
  }
  return steps;
}
