import { LatheError } from '../../base/errors.ts';
import type { Batch } from '../../data/batches.ts';
import { encodeModel } from '../../onnx/codec.ts';
import { DataType } from '../../onnx/data-type.ts';
import type { Model } from '../../onnx/graph.ts';
import type { RuntimeTensor, Session } from '../../runtime/runtime.ts';
import { type BatchFeed, lossInputs } from '../losses/loss.ts';
import { portable } from '../lower/portable/index.ts';
import type { Parameter } from '../parameters.ts';
import { stepGraph, type StepGraph } from '../step-graph.ts';
import { checkMemory } from './memory.ts';
import type { TrainDependencies, TrainingTask } from '../task.ts';

/** What one batch says. */
export interface BatchResult {
  readonly loss: number;
  readonly gradients: Float32Array;
  /** Of batch normalization; absent where it is frozen. */
  readonly statistics?: Float32Array;
}

export interface StepSessionRequest {
  readonly task: TrainingTask;
  /** The task's, or with other batch-norm statistics. */
  readonly model: Model;
  readonly trained: readonly Parameter[];
  readonly batchNormalization: 'training' | 'frozen';
  /** Channels in a block of the blocked layout; absent: standard operators only. */
  readonly block?: number;
}

export type Answers = Readonly<Record<string, RuntimeTensor>>;

/** One training step, loaded: runs batch after batch with the weights of the moment. */
export class StepSession {
  readonly #fetches: readonly string[];

  private constructor(
    readonly graph: StepGraph,
    private readonly session: Session,
    private readonly input: string,
  ) {
    const { loss, gradients, statistics } = graph.names;
    this.#fetches = statistics ? [loss, gradients, statistics] : [loss, gradients];
  }

  /** Where the blocked form cannot be built or loaded, silently the portable one. Throws `training.*` (`training.memory`), `model.shape`, `runtime.load`. */
  static async open(request: StepSessionRequest, deps: TrainDependencies): Promise<StepSession> {
    if (request.block === undefined) return StepSession.#load(request, deps);
    try {
      return await StepSession.#load(request, deps);
    } catch (error) {
      if (!(error instanceof LatheError) || !/^(runtime\.load|training\.lowering)$/.test(error.code)) throw error;
      deps.context.logger.debug('the blocked form of the training step cannot be used', { reason: error.message });
      const { block: _, ...portably } = request;
      return StepSession.#load(portably, deps);
    }
  }

  static async #load(
    { task, model, trained, batchNormalization, block }: StepSessionRequest,
    { runtime, context, memory }: TrainDependencies,
  ): Promise<StepSession> {
    const graph = stepGraph(model, {
      batch: task.batches.size,
      parameters: trained,
      losses: task.losses,
      ...(task.teacher ? { teacher: task.teacher.values } : {}),
      lowering: portable,
      ...(block === undefined ? {} : { block }),
      batchNormalization,
    });
    if (memory)
      checkMemory(graph, task.batches.size, memory, { logger: context.logger, ...(model.path === undefined ? {} : { file: model.path }) });
    // Not optimized: what ONNX Runtime merges it also runs at another time, and activations would live longer (train/execution-order.ts).
    const session = await runtime.load(encodeModel(graph.model), { optimize: 'none', threads: context.threads, unplannedMemory: true });
    return new StepSession(graph, session, model.graph.requiredInputs[0]!.name);
  }

  /** Throws `runtime.run`. */
  async run(batch: Batch, answers: Answers, parameters: Float32Array): Promise<BatchResult> {
    const { names } = this.graph;
    const results = await this.session.run(this.#feeds(batch, answers, parameters), this.#fetches);
    const statistics = names.statistics && results[names.statistics];
    return {
      loss: Number(results[names.loss]!.data[0]),
      gradients: results[names.gradients]!.data as Float32Array,
      ...(statistics ? { statistics: statistics.data as Float32Array } : {}),
    };
  }

  dispose(): Promise<void> {
    return this.session.dispose();
  }

  #feeds(batch: Batch, answers: Answers, parameters: Float32Array): Record<string, RuntimeTensor> {
    const flat: RuntimeTensor = { type: DataType.float32, dims: [parameters.length], data: parameters };
    const feeds = { ...batchFeeds(this.input, batch, answers, this.graph.feeds), [this.graph.names.parameters]: flat };
    const { graph } = this.graph.model;
    return Object.fromEntries(Object.entries(feeds).filter(([name]) => graph.isInput(name)));
  }
}

/** What a batch brings, by the names that a step's graph has for it; `made`: what losses make of it. */
export function batchFeeds(input: string, batch: Batch, answers: Answers, made: readonly BatchFeed[]): Record<string, RuntimeTensor> {
  const feeds: Record<string, RuntimeTensor> = { [input]: batch.input };
  if (batch.labels) feeds[lossInputs.labels] = batch.labels;
  if (batch.target) feeds[lossInputs.target] = batch.target;
  for (const [name, answer] of Object.entries(answers)) feeds[lossInputs.teacher(name)] = answer;
  for (const { inputs, make } of made) {
    const data = make(batch);
    inputs.forEach(({ name, type, shape }, i) => (feeds[name] = { type, dims: shape, data: data[i]! }));
  }
  return feeds;
}
