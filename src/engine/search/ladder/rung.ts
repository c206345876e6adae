import type { QuantizeSettings } from '../../quantize/step.ts';
import type { Score } from '../judge.ts';
import type { Variant } from '../variants.ts';

/** A variant that was measured. Plain data. */
export interface Attempt extends Variant {
  readonly title: string;
  readonly score: Score;
  /** Packed bytes of the weights. */
  readonly bytes: number;
}

/** What a rung works with. */
export interface Climb {
  /** The best that was found so far; the variants of a rung build on it. */
  readonly best: Variant;
  /** Whether an attempt, by default the best one, keeps the loss allowed. */
  isDone(attempt?: Attempt): boolean;
  /**
   * Quantizes and measures a variant, and keeps it where it is better. undefined where the target refuses it or nothing is left to quantize.
   * Throws `OutOfTime` when the time is up, and Cancelled.
   */
  attempt(title: string, variant: Variant): Promise<Attempt | undefined>;
  /** Layers with weights, the one whose quantization spoils the outputs most first. */
  sensitiveLayers(): Promise<readonly string[]>;
}

/** One method of the ladder, or one idea in several strengths. A new one is one file and a line in `index.ts`. */
export interface Rung {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Ends when the loss allowed is kept, or when it has nothing more to try. */
  climb(tools: Climb): Promise<void>;
}

/** A rung of some fixed changes, tried one after the other. */
export const fixed = (
  name: string,
  summary: string,
  changes: readonly { readonly title: string; readonly settings: Partial<QuantizeSettings> }[],
): Rung => ({
  name,
  summary,
  async climb(tools) {
    for (const { title, settings } of changes) {
      if (tools.isDone()) return;
      await tools.attempt(title, { ...tools.best, settings: { ...tools.best.settings, ...settings } });
    }
  },
});
