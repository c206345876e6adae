import { restoreInto, type Checkpoint } from '../checkpoint.ts';

/** Steps over which a young average forgets its start faster than its decay says: min(decay, (1 + t) / (10 + t)). */
const youth = 10;

/**
 * Running mean of weights over the steps of a training, which is better than the last weights and needs no falling rate (Polyak and Juditsky 1992; with the warm-up of
 * TensorFlow's ExponentialMovingAverage).
 */
export class MovingAverage implements Checkpoint {
  readonly values: Float32Array;
  readonly #steps = new Float32Array(1);

  constructor(
    start: Float32Array,
    private readonly decay: number,
  ) {
    this.values = start.slice();
  }

  follow(current: Float32Array): void {
    const step = ++this.#steps[0]!;
    const part = 1 - Math.min(this.decay, (1 + step) / (youth + step));
    const { values } = this;
    for (let i = 0; i < values.length; i++) values[i]! += part * (current[i]! - values[i]!);
  }

  state(): Readonly<Record<string, Float32Array>> {
    return { values: this.values, steps: this.#steps };
  }

  restore(state: Readonly<Record<string, Float32Array>>): void {
    restoreInto(this.state(), state);
  }
}
