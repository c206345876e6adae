import type { Trial } from '../../../protocol/results/run.ts';
import type { Context } from '../../base/context.ts';
import { Cancelled, LatheError } from '../../base/errors.ts';
import type { QuantizeResult } from '../../quantize/types.ts';
import type { TargetLimits } from '../../targets/limits.ts';
import type { Judge, Score } from '../judge.ts';
import type { Variant, Variants } from '../variants.ts';
import type { Attempt, Climb, Rung } from './rung.ts';

export interface LadderRequest {
  readonly rungs: readonly Rung[];
  /** Loss allowed, in the metric's unit. */
  readonly drop: number;
  /** For all rungs; Infinity: no bound. */
  readonly seconds: number;
  readonly target: TargetLimits;
}

export interface LadderTools {
  readonly variants: Pick<Variants, 'quantized' | 'request'>;
  readonly judge: Pick<Judge, 'measure'>;
  readonly context: Context;
  /** Packed bytes of a result's weights. */
  readonly bytesOf: (result: QuantizeResult) => number;
  /** Layers with weights, the one whose quantization spoils the outputs most first, with the rest of the variant as it is. */
  readonly sensitiveLayers: (variant: Variant, context: Context) => Promise<readonly string[]>;
  /** Keeps a piece of work, so that a process that goes on finds it. */
  readonly piece: <T>(name: string, parts: unknown, work: () => Promise<T>) => Promise<T>;
}

export interface LadderResult {
  readonly best: Attempt;
  readonly trials: readonly Trial[];
  readonly done: boolean;
  readonly outOfTime: boolean;
  /** The best variant's model, where this process made it. */
  readonly result: QuantizeResult | undefined;
}

/** The time for the ladder is up. */
class OutOfTime extends Error {}

type Measured = Pick<Attempt, 'score' | 'bytes'> & { readonly seconds: number };

/**
 * Climbs until the loss allowed is kept, the rungs are at an end, or the time is up; the first attempt is always finished. Of attempts that
 * keep the loss the smallest is best, of others the one that loses least. Throws what the first attempt throws, and Cancelled.
 */
export async function climb(request: LadderRequest, tools: LadderTools): Promise<LadderResult> {
  return new Climber(request, tools).climb();
}

class Climber {
  readonly #trials: (Omit<Trial, 'kept'> & { attempt: Attempt })[] = [];
  readonly #began: number;
  #best: Attempt | undefined;
  /** Those that others were built on. */
  readonly #kept = new Set<Attempt>();
  #result: QuantizeResult | undefined;
  #rung = 0;

  constructor(
    private readonly request: LadderRequest,
    private readonly tools: LadderTools,
  ) {
    this.#began = tools.context.clock.monotonic();
  }

  async climb(): Promise<LadderResult> {
    const { rungs } = this.request;
    const outOfTime = await this.#all(rungs);
    const best = this.#best;
    if (!best) throw new LatheError('auto.nothing', 'no way to quantize this model was found for this target');
    const trials = this.#trials.map(({ attempt, ...trial }): Trial => ({ ...trial, kept: this.#kept.has(attempt) }));
    return { best, trials, done: this.#isDone(best), outOfTime, result: this.#result };
  }

  /** True when the time was up before the end. */
  async #all(rungs: readonly Rung[]): Promise<boolean> {
    try {
      for (const [index, rung] of rungs.entries()) {
        if (this.#best && this.#isDone(this.#best)) return false;
        this.#rung = index;
        await rung.climb(this.#toolsFor(rung));
      }
      return false;
    } catch (error) {
      if (error instanceof OutOfTime) return true;
      throw error;
    }
  }

  #toolsFor(rung: Rung): Climb {
    const climber = this; // eslint-disable-line @typescript-eslint/no-this-alias
    return {
      get best(): Variant {
        return climber.#best ?? { settings: {}, layers: {} };
      },
      isDone: (attempt = climber.#best) => attempt !== undefined && climber.#isDone(attempt),
      attempt: (title, variant) => climber.#attempt(rung, title, variant),
      sensitiveLayers: () => climber.#sensitiveLayers(),
    };
  }

  #isDone({ score }: Attempt): boolean {
    return score.loss <= this.request.drop;
  }

  async #attempt(rung: Rung, title: string, { settings, layers }: Variant): Promise<Attempt | undefined> {
    const variant = { settings, layers };
    if (!allows(this.request.target, variant) || this.#changesNothing(variant)) return undefined;
    let result: QuantizeResult | undefined;
    const measured = await this.#inTime(title, (context) =>
      this.tools.piece<Measured | null>('attempt', { variant }, async () => {
        const began = context.clock.monotonic();
        result = await this.#quantized(variant, context);
        if (!result) return null;
        const score = await this.tools.judge.measure(result.model, undefined, context);
        return { score, bytes: this.tools.bytesOf(result), seconds: (context.clock.monotonic() - began) / 1000 };
      }),
    );
    if (!measured) return undefined;
    const { score, bytes, seconds } = measured;
    const attempt: Attempt = { ...variant, title, score, bytes };
    const { value, loss, confidence } = score;
    this.#trials.push({ title, rung: rung.name, value, loss, confidence: [...confidence], bytes, seconds, attempt });
    if (this.#best && !this.#isBetter(attempt, this.#best)) return attempt;
    this.#best = attempt;
    this.#kept.add(attempt);
    this.#result = result;
    return attempt;
  }

  /** undefined when with these layers in float nothing is left to quantize. */
  async #quantized(variant: Variant, context: Context): Promise<QuantizeResult | undefined> {
    try {
      return await this.tools.variants.quantized(variant, context);
    } catch (error) {
      if (this.#best && error instanceof LatheError && error.code === 'quantize.nothing') return undefined;
      throw error;
    }
  }

  #isBetter(attempt: Attempt, than: Attempt): boolean {
    const [done, doneBefore] = [this.#isDone(attempt), this.#isDone(than)];
    if (done !== doneBefore) return done;
    const keys = ({ score, bytes }: Attempt): number[] => (done ? [bytes, score.loss, score.noise] : [score.loss, score.noise, bytes]);
    const [a, b] = [keys(attempt), keys(than)];
    const first = a.findIndex((value, i) => value !== b[i]);
    return first >= 0 && a[first]! < b[first]!;
  }

  #changesNothing(variant: Variant): boolean {
    if (!this.#best) return false;
    const [a, b] = [variant, this.#best].map((one) => this.tools.variants.request(one));
    return JSON.stringify([a!.settings, a!.layers]) === JSON.stringify([b!.settings, b!.layers]);
  }

  async #sensitiveLayers(): Promise<readonly string[]> {
    const { settings, layers } = this.#best ?? { settings: {}, layers: {} };
    const variant = { settings, layers };
    return this.#inTime('sensitivity of the layers', (context) =>
      this.tools.piece('sensitivity', { variant }, () => this.tools.sensitiveLayers(variant, context)),
    );
  }

  /** Work that ends with `OutOfTime` when the ladder's time is up. The first attempt is exempt: there must be a result. */
  async #inTime<T>(title: string, work: (context: Context) => Promise<T>): Promise<T> {
    const { context } = this.tools;
    const limit = this.#best ? this.#began + 1000 * this.request.seconds : Infinity;
    const isLate = (): boolean => context.clock.monotonic() > limit;
    if (isLate()) throw new OutOfTime();
    const timer = new AbortController();
    const total = this.request.rungs.length;
    const progress: Context['progress'] = {
      report: ({ phase, done, total: all }) => {
        if (isLate()) timer.abort();
        context.progress.report({ phase: `${title}, ${phase} ${done}/${all}`, done: this.#rung, total, unit: 'methods' });
      },
    };
    try {
      return await work({ ...context, progress, signal: AbortSignal.any([context.signal, timer.signal]) });
    } catch (error) {
      if (timer.signal.aborted && !context.signal.aborted && error instanceof Cancelled) throw new OutOfTime();
      throw error;
    }
  }
}

/** Whether a target takes a variant's settings. */
function allows(target: TargetLimits, { settings, layers }: Variant): boolean {
  const limits = target.settings['quantize'] ?? {};
  const fits = ([key, value]: [string, unknown]): boolean => limits[key]?.allowed?.includes(value) ?? true;
  return Object.entries(settings).every(fits) && Object.values(layers).every((own) => Object.entries(own).every(fits));
}

/** "loss of 0.4 points" for people. */
export const lossText = ({ loss, unit }: Pick<Score, 'loss' | 'unit'>): string =>
  unit === 'dB' ? `${loss.toFixed(2)} dB` : `${loss.toFixed(1)} points`;
