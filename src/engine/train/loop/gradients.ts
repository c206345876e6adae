/**
 * Gradients of one step: those of a batch, or the mean over several. Reuses one array.
 */
export class Gradients {
  #sum: Float32Array | undefined;
  #batches = 0;

  /** Takes a batch's gradients; the array is kept and changed. */
  add(gradients: Float32Array): void {
    this.#batches++;
    if (!this.#sum) {
      this.#sum = gradients;
      return;
    }
    const sum = this.#sum;
    for (let i = 0; i < sum.length; i++) sum[i]! += gradients[i]!;
  }

  get batches(): number {
    return this.#batches;
  }

  /** The mean over the batches since the last call, not longer than `longest` (0: any length), and its length before that. */
  take(longest: number): { readonly gradients: Float32Array; readonly norm: number } {
    const gradients = this.#sum ?? new Float32Array();
    const norm = euclideanNorm(gradients) / this.#batches;
    const factor = (longest > 0 && norm > longest ? longest / norm : 1) / this.#batches;
    if (factor !== 1 && Number.isFinite(factor)) for (let i = 0; i < gradients.length; i++) gradients[i]! *= factor;
    this.#sum = undefined;
    this.#batches = 0;
    return { gradients, norm };
  }
}

/** Not finite where one of the values is not. Four sums side by side: each addition to one sum waits for the last, and that is most of the time. */
export function euclideanNorm(values: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += values[i]! * values[i]!;
    b += values[i + 1]! * values[i + 1]!;
    c += values[i + 2]! * values[i + 2]!;
    d += values[i + 3]! * values[i + 3]!;
  }
  for (let i = whole; i < values.length; i++) a += values[i]! * values[i]!;
  return Math.sqrt(a + b + c + d);
}
