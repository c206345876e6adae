import { LatheError } from '../../base/errors.ts';
import type { Batch } from '../../data/batches.ts';
import { movedBox } from '../../data/landmarks.ts';
import type { LoadedSample } from '../../data/types.ts';
import type { Outputs } from '../../evaluate/metric.ts';
import { encodeModel } from '../../onnx/codec.ts';
import { DataType } from '../../onnx/data-type.ts';
import { Graph, Model, type ValueInfo } from '../../onnx/graph.ts';
import type { Runtime, RuntimeTensor, Session } from '../../runtime/runtime.ts';
import { addLosses } from '../../train/losses/add-losses.ts';
import type { BatchFeed, Loss } from '../../train/losses/loss.ts';
import { batchFeeds } from '../../train/loop/step-session.ts';

/** The opset of what losses are made of. */
const opset = 21;

/** The loss of a detector on one form of outputs. */
interface OpenLoss {
  readonly key: string;
  readonly session: Session;
  readonly feeds: readonly BatchFeed[];
  /** Names of what it reads: a chain may have outputs beside those of its detector. */
  readonly inputs: ReadonlySet<string>;
  readonly output: string;
}

/** A loss of boxes picture by picture, computed from what a model has answered: the model does not run again. To be disposed. */
export class BoxLosses {
  #open: OpenLoss | undefined;

  constructor(
    private readonly loss: Loss,
    private readonly runtime: Runtime,
  ) {}

  /** Throws `training.decode`, `runtime.*`. */
  async of(sample: LoadedSample, outputs: Outputs): Promise<number> {
    const input: RuntimeTensor = { ...sample.input, dims: [1, ...sample.input.dims] };
    const { boxes = [] } = sample;
    const { session, feeds, inputs, output } = await this.#for(input, outputs);
    const batch: Batch = { samples: [sample.index], input, boxes: [boxes.map((box) => movedBox(box, sample.geometry))] };
    const known = Object.entries({ ...outputs, ...batchFeeds(inputName, batch, {}, feeds) }).filter(([name]) => inputs.has(name));
    const found = await session.run(Object.fromEntries(known), [output]);
    return Number(found[output]!.data[0]);
  }

  async dispose(): Promise<void> {
    await this.#open?.session.dispose();
    this.#open = undefined;
  }

  /** The loss for these shapes: pictures of one set mostly have one size. */
  async #for(input: RuntimeTensor, outputs: Outputs): Promise<OpenLoss> {
    const key = JSON.stringify([input.dims, Object.entries(outputs).map(([name, { dims }]) => [name, dims])]);
    if (this.#open?.key === key) return this.#open;
    await this.dispose();
    const graph = new Graph();
    const answers = Object.entries(outputs).flatMap(([name, tensor]) => (isFloat(tensor) ? [valueOf(name, tensor.dims)] : []));
    graph.inputs = [valueOf(inputName, input.dims), ...answers];
    graph.outputs = answers;
    const model = new Model(graph);
    model.irVersion = 10;
    model.opsets.set('', opset);
    const { loss, feeds, weights } = addLosses(model, { parameters: [], losses: [{ loss: this.loss, weight: 1 }] });
    if (weights.length) throw new LatheError('training.loss', `${this.loss.name} has weights of its own`);
    graph.inputs = graph.inputs.filter(({ name }) => name !== inputName);
    graph.outputs = [{ name: loss, type: { kind: 'tensor', elementType: DataType.float32 } }];
    graph.prune();
    graph.inputs = graph.inputs.filter(({ name }) => graph.users(name).length > 0);
    const session = await this.runtime.load(encodeModel(model), { optimize: 'all', threads: 1 });
    this.#open = { key, session, feeds, inputs: new Set(graph.inputs.map(({ name }) => name)), output: loss };
    return this.#open;
  }
}

/** Stands for the picture, whose size losses look at. */
const inputName = 'lathe/picture';

const isFloat = ({ type }: RuntimeTensor): boolean => type === DataType.float32;
const valueOf = (name: string, shape: readonly number[]): ValueInfo => ({
  name,
  type: { kind: 'tensor', elementType: DataType.float32, shape },
});
