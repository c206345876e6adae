import { cloneModel } from '../../onnx/clone.ts';
import type { Model } from '../../onnx/graph.ts';
import { optimizerOf } from '../optimizers/index.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { flatten, unflatten, type Parameter } from '../parameters.ts';
import type { TrainingTask } from '../task.ts';
import { LearningCurve } from './learning-curve.ts';
import { MovingAverage } from './moving-average.ts';
import { RunningStatistics } from './running-statistics.ts';
import { prefixed, under, type SavedState } from './saved-state.ts';

/** Weights of the network (and behind them those of the losses) and statistics of its batch normalizations, both flat. */
export interface Weights {
  readonly parameters: Float32Array;
  readonly statistics: Float32Array;
}

export interface StateRequest {
  readonly task: TrainingTask;
  readonly trained: readonly Parameter[];
  /** First values of the losses' own weights. */
  readonly lossWeights: Float32Array;
  /** All of the training. */
  readonly steps: number;
}

/** All that changes while a training runs. */
export class TrainingState {
  readonly curve: LearningCurve;
  readonly optimizer: Optimizer;
  readonly parameters: Float32Array;
  readonly statistics: RunningStatistics;
  /** Steps done. */
  done = 0;
  /** The best by validation. */
  best: Weights | undefined;
  /** Why it ended before its last step. */
  stopped: string | undefined;
  readonly #averages: { readonly parameters: MovingAverage; readonly statistics: MovingAverage } | undefined;
  readonly #task: TrainingTask;
  readonly #trained: readonly Parameter[];

  constructor({ task, trained, lossWeights, steps }: StateRequest) {
    const { settings, model, name } = task;
    this.#task = task;
    this.#trained = trained;
    const own = flatten(model.graph, trained);
    this.parameters = new Float32Array(own.length + lossWeights.length);
    this.parameters.set(own);
    this.parameters.set(lossWeights, own.length);
    this.statistics = new RunningStatistics(model.graph, task.batchNormalization);
    this.optimizer = optimizerOf(settings, this.parameters.length);
    this.curve = new LearningCurve({ step: name, epochs: settings.epochs, steps, points: [] }, task.isBetter);
    if (settings.ema > 0)
      this.#averages = {
        parameters: new MovingAverage(this.parameters, settings.ema),
        statistics: new MovingAverage(this.statistics.values, settings.ema),
      };
  }

  /** After each step. */
  follow(): void {
    this.#averages?.parameters.follow(this.parameters);
    this.#averages?.statistics.follow(this.statistics.values);
  }

  /** What is measured and kept: the running means where there are some. Views of what goes on changing. */
  get weights(): Weights {
    const { parameters, statistics } = this.#averages ?? {};
    return { parameters: parameters?.values ?? this.parameters, statistics: statistics?.values ?? this.statistics.values };
  }

  /** The model with these weights. */
  modelWith(weights: Weights): Model {
    const copy = cloneModel(this.#task.model);
    this.write(copy, weights);
    return copy;
  }

  /** Puts weights into a model, as copies. */
  write({ graph }: Model, { parameters, statistics }: Weights): void {
    unflatten(graph, this.#trained, parameters);
    this.statistics.write(graph, statistics);
  }

  /** Keeps copies of weights as the best. */
  keep({ parameters, statistics }: Weights): void {
    this.best ??= { parameters: new Float32Array(parameters.length), statistics: new Float32Array(statistics.length) };
    this.best.parameters.set(parameters);
    this.best.statistics.set(statistics);
  }

  save(): SavedState {
    const arrays: Record<string, Float32Array> = { parameters: this.parameters, statistics: this.statistics.values };
    if (this.best) Object.assign(arrays, prefixed('best', { ...this.best }));
    for (const [name, part] of this.#parts()) Object.assign(arrays, prefixed(name, part.state()));
    return { done: this.done, curve: this.curve.state(), ...(this.stopped === undefined ? {} : { stopped: this.stopped }), arrays };
  }

  /** Throws RangeError for a state of another training. */
  restore({ done, curve, stopped, arrays }: SavedState): void {
    const { parameters, statistics } = arrays;
    if (parameters?.length !== this.parameters.length || statistics?.length !== this.statistics.values.length)
      throw new RangeError('the state belongs to another training');
    this.done = done;
    this.stopped = stopped;
    this.parameters.set(parameters);
    this.statistics.values.set(statistics);
    this.curve.restore(curve);
    const best = under('best', arrays);
    if (best['parameters'] && best['statistics']) this.best = { parameters: best['parameters'], statistics: best['statistics'] };
    for (const [name, part] of this.#parts()) part.restore(under(name, arrays));
  }

  #parts(): [string, Pick<Optimizer, 'state' | 'restore'>][] {
    const constraints = (this.#task.constraints ?? []).map((constraint, i): [string, typeof constraint] => [`constraint ${i}`, constraint]);
    const averages = Object.entries(this.#averages ?? {}).map(([name, average]): [string, MovingAverage] => [`average ${name}`, average]);
    return [['optimizer', this.optimizer], ...constraints, ...averages];
  }
}
