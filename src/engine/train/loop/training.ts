import type { Checkpoints } from '../../base/checkpoint.ts';
import { Cancelled, LatheError, throwIfCancelled } from '../../base/errors.ts';
import type { Batch } from '../../data/batches.ts';
import { rateAt } from '../schedules/index.ts';
import type { Place, TrainDependencies, TrainingResult } from '../task.ts';
import { checkPictures, divergenceError, wrongLoss } from './divergence.ts';
import { euclideanNorm, Gradients } from './gradients.ts';
import { lengthOf, type TrainingLength } from './length.ts';
import { findCulprit } from './culprit.ts';
import { ParameterGroups } from './parameter-groups.ts';
import { reEstimate } from './re-estimate.ts';
import { decodeState, encodeState } from './saved-state.ts';
import { TrainingState, type Weights } from './state.ts';
import { StepSession, type StepSessionRequest } from './step-session.ts';
import { notesOn } from './notes.ts';

/** Where the loop keeps its state among a step's checkpoints. */
const stateKey = 'training';

export type TrainingRequest = Omit<StepSessionRequest, 'model' | 'batchNormalization'>;

/** One training from its first step, or from where a killed process left it, to its last. */
export class Training {
  readonly #state: TrainingState;
  readonly #groups: ParameterGroups;
  readonly #gradients = new Gradients();
  readonly #length: TrainingLength;
  /** Sum over the batches of the step that is being made. */
  #loss = 0;
  /** Whether the loaded step has batch normalization by the stored statistics. */
  #isFrozen: boolean;

  private constructor(
    private readonly request: TrainingRequest,
    private readonly deps: TrainDependencies,
    private session: StepSession,
  ) {
    const { task, trained } = request;
    this.#length = lengthOf(task);
    this.#isFrozen = task.batchNormalization === 'frozen';
    this.#state = new TrainingState({ task, trained, lossWeights: session.graph.lossWeights, steps: this.#length.steps });
    this.#groups = new ParameterGroups(session.graph.parameters, task);
  }

  /** Builds and loads the step, and finds the state of an earlier process. Throws `training.*`, `model.shape`, `runtime.load`. */
  static async open(request: TrainingRequest, deps: TrainDependencies): Promise<Training> {
    const { task } = request;
    const { batchNormalization, model } = task;
    const session = await StepSession.open({ ...request, model, batchNormalization }, deps);
    const training = new Training(request, deps, session);
    const found = deps.checkpoints && (await savedState(deps.checkpoints));
    if (found) {
      training.#state.restore(found);
      deps.context.logger.info(`${task.name}: goes on after step ${found.done}`);
    } else training.#constrain();
    return training;
  }

  dispose(): Promise<void> {
    return this.session.dispose();
  }

  /** Trains to the end; the task's model gets the weights that are kept. Throws `training.diverged`, `data.*`, `runtime.run`, and Cancelled. */
  async run(): Promise<TrainingResult> {
    const state = this.#state;
    try {
      if (state.stopped === undefined) await this.#measureWhereDue();
      if (state.done === 0) await this.#save();
      while (state.done < this.#length.steps && state.stopped === undefined) {
        await this.#epoch();
        await this.#measureWhereDue();
        await this.#save();
      }
    } catch (error) {
      // Between two steps the state is whole: nothing is lost by going on from here.
      if (error instanceof Cancelled && this.#gradients.batches === 0) await this.#save();
      throw error;
    }
    return this.#finish();
  }

  /** From wherever the epoch stands to its end, or that of the training. */
  async #epoch(): Promise<void> {
    const { batches, settings } = this.request.task;
    const { stepsPerEpoch, steps } = this.#length;
    const { signal } = this.deps.context;
    const epoch = Math.floor(this.#state.done / stepsPerEpoch);
    const end = Math.min((epoch + 1) * stepsPerEpoch, steps);
    const fromStep = (this.#state.done % stepsPerEpoch) * settings.accumulate;
    let left = batches.stepsPerEpoch - fromStep;
    for await (const batch of batches.epoch(epoch, { signal, fromStep })) {
      throwIfCancelled(signal);
      await this.#batch(batch);
      left--;
      if (this.#gradients.batches < settings.accumulate && left > 0) continue;
      await this.#update(batch);
      if (this.#state.done === end) return;
      const every = settings['checkpoint-every'];
      if (every > 0 && this.#state.done % every === 0) await this.#save();
    }
    throw new RangeError(`an epoch had fewer than ${batches.stepsPerEpoch} batches`);
  }

  /** Forwards and backwards. */
  async #batch(batch: Batch): Promise<void> {
    const { teacher } = this.request.task;
    const state = this.#state;
    if (this.#gradients.batches === 0) await this.#freezeWhereDue();
    const answers = teacher ? await teacher.answers(batch) : {};
    const { loss, gradients, statistics } = await this.session.run(batch, answers, state.parameters);
    const wrong = wrongLoss(loss, state.curve.curve.points);
    if (wrong !== undefined) await this.#diverge(wrong, batch, gradients);
    if (statistics) state.statistics.follow(statistics);
    this.#gradients.add(gradients);
    this.#loss += loss;
  }

  /** Changes the weights. */
  async #update(batch: Batch): Promise<void> {
    const { task } = this.request;
    const { settings } = task;
    const { stepsPerEpoch, steps } = this.#length;
    const state = this.#state;
    const loss = this.#loss / this.#gradients.batches;
    const { gradients, norm } = this.#gradients.take(settings.clip);
    if (!Number.isFinite(norm)) await this.#diverge('a gradient is not a finite number', batch, gradients);
    const rate = rateAt(settings, state.done, steps, stepsPerEpoch);
    state.optimizer.step({ parameters: state.parameters, gradients, groups: this.#groups.at(rate) });
    this.#loss = 0;
    state.done++;
    this.#constrain();
    state.follow();
    state.curve.add({ step: state.done, epoch: state.done / stepsPerEpoch, loss, rate });
    task.watch?.(state.curve.curve);
    this.deps.context.progress.report({ phase: 'train', done: state.done, total: steps, unit: 'steps' });
  }

  #constrain(): void {
    const place: Place = { step: this.#state.done, stepsPerEpoch: this.#length.stepsPerEpoch, epochs: this.request.task.settings.epochs };
    for (const constraint of this.request.task.constraints ?? []) constraint.apply(this.#state.parameters, place);
  }

  /** Batch normalization keeps to the statistics of this moment from here on. */
  async #freezeWhereDue(): Promise<void> {
    if (this.#isFrozen || this.#state.done < this.#length.frozenFrom) return;
    const { statistics, parameters } = this.#state;
    const model = this.#state.modelWith({ parameters, statistics: statistics.values });
    await this.session.dispose();
    this.session = await StepSession.open({ ...this.request, model, batchNormalization: 'frozen' }, this.deps);
    this.#isFrozen = true;
  }

  /** Before the first step, after each epoch and after the last step. */
  async #measureWhereDue(): Promise<void> {
    const { validate, settings, watch } = this.request.task;
    const { done, curve } = this.#state;
    const { stepsPerEpoch, steps } = this.#length;
    if (!validate || curve.lastScored === done || (done % stepsPerEpoch !== 0 && done !== steps)) return;
    const weights = await this.#measuredWeights();
    const score = await validate(this.#state.modelWith(weights));
    if (curve.score(done, done / stepsPerEpoch, score)) this.#state.keep(weights);
    const waited = curve.scoresSinceBest;
    if (waited >= (settings.patience ?? Infinity) && done < steps) {
      this.#state.stopped = `no better on the validation pictures for ${waited} ${waited === 1 ? 'epoch' : 'epochs'}`;
      curve.curve.stopped = this.#state.stopped;
    }
    watch?.(curve.curve);
  }

  async #measuredWeights(): Promise<Weights> {
    const { task } = this.request;
    const { weights } = this.#state;
    const estimates = task.settings['batch-normalization'] === 're-estimate' && weights.statistics.length > 0 && this.#state.done > 0;
    if (!estimates || this.#isFrozen) return weights;
    return { ...weights, statistics: await reEstimate(this.#state.modelWith(weights), task.batches, this.deps) };
  }

  #save(): Promise<void> | undefined {
    return this.deps.checkpoints?.save(stateKey, encodeState(this.#state.save()));
  }

  /** Keeps the last good weights as what a continued run ends with, and says what went wrong where. */
  async #diverge(what: string, batch: Batch, gradients: Float32Array): Promise<never> {
    const { task, trained } = this.request;
    const { checkpoints } = this.deps;
    const { parameters, done } = this.#state;
    checkPictures(batch, done + 1);
    const batchNormalization = this.#isFrozen ? 'frozen' : 'training';
    const bad = { model: task.model, trained, parameters, batchNormalization, batch, gradients } as const;
    const culprit = await findCulprit(bad, this.deps).catch(unknownTo(this.deps));
    const step = done + 1;
    const saved = checkpoints && (await savedState(checkpoints));
    const good = saved && saved.done > 0 ? saved : undefined;
    if (good) await checkpoints?.save(stateKey, encodeState({ ...good, stopped: `step ${step}: ${what}` }));
    const kept = good && (good.curve.curve.validation ? 'the best weights until then' : `the weights after step ${good.done}`);
    throw divergenceError({
      step,
      what,
      settings: task.settings,
      ...(culprit ? { culprit } : {}),
      ...(kept === undefined ? {} : { kept }),
    });
  }

  async #finish(): Promise<TrainingResult> {
    const { task } = this.request;
    const state = this.#state;
    const weights = state.best ?? (await this.#measuredWeights());
    if (!Number.isFinite(euclideanNorm(weights.parameters)))
      throw divergenceError({ step: state.done, what: 'the weights are not finite numbers', settings: task.settings });
    state.write(task.model, weights);
    const { curve } = state.curve;
    if (state.stopped !== undefined) curve.stopped = state.stopped;
    return { curve, notes: notesOn(curve) };
  }
}

/** undefined where there is none that this version reads. */
async function savedState(checkpoints: Checkpoints): Promise<ReturnType<typeof decodeState>> {
  const bytes = await checkpoints.load(stateKey);
  return bytes && decodeState(bytes);
}

/** What went wrong is worth telling even where the layer cannot be found (memory, say). */
const unknownTo =
  ({ context }: TrainDependencies) =>
  (error: unknown): undefined => {
    if (!(error instanceof LatheError) || error instanceof Cancelled) throw error;
    context.logger.debug('the layer cannot be found', { reason: error.message });
  };
