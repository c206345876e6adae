import type { Context } from '../../../base/context.ts';
import { throwIfCancelled } from '../../../base/errors.ts';
import { seededRandom } from '../../../base/random.ts';
import { encodeModel } from '../../../onnx/codec.ts';
import { DataType } from '../../../onnx/data-type.ts';
import type { Model, ValueInfo } from '../../../onnx/graph.ts';
import type { Runtime, RuntimeTensor, Session } from '../../../runtime/runtime.ts';
import { lossInputs } from '../../../train/losses/loss.ts';
import { portable } from '../../../train/lower/portable/index.ts';
import type { Parameter } from '../../../train/parameters.ts';
import { stepGraph, type StepGraph } from '../../../train/step-graph.ts';
import { reconstructionLoss } from './reconstruction-loss.ts';

/** What a block reads and should give, for several pictures one behind the other; by name in the block's model. */
export interface BlockBatch {
  readonly inputs: Readonly<Record<string, RuntimeTensor>>;
  readonly targets: Readonly<Record<string, RuntimeTensor>>;
}

export interface StepRequest {
  /** The block, of one picture (block-model.ts). */
  readonly model: Model;
  readonly parameters: readonly Parameter[];
  /** Pictures a step, and what the first dimension of their values comes to. */
  readonly pictures: number;
  readonly batch: number;
  /** Results with their shapes for one picture, and what they vary by. */
  readonly results: readonly { readonly name: string; readonly shape: readonly number[]; readonly power: number }[];
  readonly load: (pictures: readonly number[]) => Promise<BlockBatch>;
  /** Channels in a block of the machine's blocked layout; undefined: standard operators. */
  readonly block: number | undefined;
}

/** Loss and gradients of a block, over any number of pictures. */
export class StepRunner {
  private constructor(
    readonly request: StepRequest,
    readonly step: StepGraph,
    readonly session: Session,
    readonly context: Context,
  ) {}

  /** Throws `training.*`, `runtime.load`. */
  static async open(request: StepRequest, runtime: Runtime, context: Context): Promise<StepRunner> {
    const { results, batch } = request;
    const teacher = new Map(
      results.map(({ name, shape }): [string, ValueInfo] => [
        name,
        { name, type: { kind: 'tensor', elementType: DataType.float32, shape: [batch, ...shape.slice(1)] } },
      ]),
    );
    const loss = reconstructionLoss(results.map(({ name, power }) => ({ name, teacher: name, power })));
    const step = stepGraph(request.model, {
      batch,
      parameters: request.parameters,
      losses: [{ loss, weight: 1 }],
      teacher,
      lowering: portable,
      ...(request.block ? { block: request.block } : {}),
      batchNormalization: 'frozen',
    });
    const options = { optimize: 'basic', threads: context.threads, unplannedMemory: true } as const;
    return new StepRunner(request, step, await runtime.load(encodeModel(step.model), options), context);
  }

  dispose(): Promise<void> {
    return this.session.dispose();
  }

  /** Mean loss over the pictures, a multiple of those of a step. Throws Cancelled. */
  async loss(values: Float32Array, pictures: readonly number[]): Promise<number> {
    let sum = 0;
    for (const batch of this.#batches(pictures)) sum += await this.#loss(values, await this.request.load(batch));
    return (sum * this.request.pictures) / pictures.length;
  }

  /**
   * The same with its gradient by each parameter, drawn towards 0 by one standard error over the batches: what a few pictures seem to ask for and others do
   * not is no reason to move.
   */
  async gradient(values: Float32Array, pictures: readonly number[]): Promise<{ readonly loss: number; readonly gradient: Float64Array }> {
    const { names } = this.step;
    const [gradient, squares] = [new Float64Array(values.length), new Float64Array(values.length)];
    let [loss, batches] = [0, 0];
    for (const batch of this.#batches(pictures)) {
      const found = await this.#run(values, await this.request.load(batch), [names.loss, names.gradients]);
      const own = found[names.gradients]!.data as Float32Array;
      for (let i = 0; i < own.length; i++) {
        gradient[i]! += own[i]!;
        squares[i]! += own[i]! ** 2;
      }
      loss += Number(found[names.loss]!.data[0]);
      batches++;
    }
    for (let i = 0; i < gradient.length; i++) {
      const mean = gradient[i]! / batches;
      const error = batches > 1 ? Math.sqrt(Math.max(0, squares[i]! / batches - mean * mean) / (batches - 1)) : 0;
      gradient[i] = Math.sign(mean) * Math.max(0, Math.abs(mean) - error);
    }
    return { loss: loss / batches, gradient };
  }

  /**
   * One random direction's view of the loss's curvature (Gauss-Newton): a vector g with E[g gᵀ] = JᵀJ in the loss's measure, J the results' derivatives by
   * the parameters. Results are pushed from what they are by random signs, of a size that makes the loss's gradient Jᵀ times these signs.
   */
  async probe(values: Float32Array, pictures: readonly number[], stream: string): Promise<Float32Array> {
    const { results, load } = this.request;
    const { names } = this.step;
    const given = await load(pictures);
    const made = await this.#run(values, given, names.outputs);
    const random = seededRandom(0, stream);
    const targets = Object.fromEntries(
      results.map(({ name, power }) => {
        const { data, dims, type } = made[name]!;
        // The loss's gradient by a result is 2 / (elements · power · results) times the distance.
        const push = Math.sqrt((power * data.length * results.length) / 2);
        return [name, { type, dims, data: signed(data as Float32Array, push, random) }];
      }),
    );
    return (await this.#run(values, { inputs: given.inputs, targets }, [names.gradients]))[names.gradients]!.data as Float32Array;
  }

  async #loss(values: Float32Array, batch: BlockBatch): Promise<number> {
    const { loss } = this.step.names;
    return Number((await this.#run(values, batch, [loss]))[loss]!.data[0]);
  }

  *#batches(pictures: readonly number[]): Generator<readonly number[]> {
    const { pictures: count } = this.request;
    for (let first = 0; first < pictures.length; first += count) {
      throwIfCancelled(this.context.signal);
      yield pictures.slice(first, first + count);
    }
  }

  #run(values: Float32Array, { inputs, targets }: BlockBatch, fetches: readonly string[]): Promise<Record<string, RuntimeTensor>> {
    const { names, model } = this.step;
    const all: Record<string, RuntimeTensor> = {
      ...inputs,
      [names.parameters]: { type: DataType.float32, dims: [values.length], data: values },
    };
    for (const [name, target] of Object.entries(targets)) all[lossInputs.teacher(name)] = target;
    return this.session.run(Object.fromEntries(Object.entries(all).filter(([name]) => model.graph.isInput(name))), fetches);
  }
}

function signed(data: Float32Array, push: number, random: { integer(bound: number): number }): Float32Array {
  const moved = new Float32Array(data.length);
  for (let i = 0, bits = 0; i < data.length; i++, bits >>>= 1) {
    if (i % 31 === 0) bits = random.integer(2 ** 31);
    moved[i] = data[i]! + (bits & 1 ? push : -push);
  }
  return moved;
}
