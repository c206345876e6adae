import type { LayerConstants } from '../../layer-weights.ts';
import { rowsOf } from '../../rows.ts';
import { rowsOfWeights, type QuantizedWeights } from '../../weights.ts';

/** What a layer's codes may become. */
export interface CodeLimits {
  /** Ends of the grid, as stored, and the distance of its codes. */
  readonly lowest: number;
  readonly highest: number;
  readonly step: number;
  /** Whether the code at a place may move away from 0. */
  readonly mayGrow?: (place: number) => boolean;
}

/** A code to be moved by one step. */
export interface Flip {
  /** Place in the weights' tensor. */
  readonly at: number;
  /** Output channel. */
  readonly channel: number;
  /** 1 or -1. */
  readonly direction: number;
  /** By how much the weight changes. */
  readonly change: number;
}

/** A layer's codes while they are tuned, one step around where they began. Memory: 9 bytes a weight. */
export class BlockCodes {
  readonly size: number;
  readonly channels: number;
  /** Weights of a channel. */
  readonly depth: number;
  readonly #channels: ReturnType<typeof rowsOf>;
  readonly #scales: Float32Array;
  readonly #down: Uint8Array;
  readonly #up: Uint8Array;
  readonly #moved: Int8Array;

  constructor(
    readonly weights: QuantizedWeights,
    readonly constants: LayerConstants,
    readonly limits: CodeLimits,
  ) {
    const { dims, channelAxis } = constants;
    this.size = weights.data.length;
    this.#channels = rowsOf(dims, channelAxis);
    this.channels = this.#channels.channels;
    this.depth = this.#channels.length;
    this.#scales = new Float32Array(this.size);
    this.#down = new Uint8Array(this.size);
    this.#up = new Uint8Array(this.size);
    this.#moved = new Int8Array(this.size);
    const rows = rowsOfWeights(dims, weights);
    const { lowest, highest, step, mayGrow } = limits;
    for (let row = 0; row < rows.channels; row++) {
      const [scale, zero] = [weights.scales[row]!, weights.zeroPoints[row]!];
      for (let i = 0; i < rows.lengthOf(row); i++) {
        const at = rows.offset(row, i);
        const stored = weights.data[at]!;
        const grows = !mayGrow || mayGrow(at);
        this.#scales[at] = scale;
        // A weight that is exactly zero stays so, as pruned ones are.
        if (stored === zero && constants.weights[at] === 0) continue;
        this.#up[at] = Number(stored + step <= highest && (grows || stored < zero));
        this.#down[at] = Number(stored - step >= lowest && (grows || stored > zero));
      }
    }
  }

  place(channel: number, index: number): number {
    return this.#channels.offset(channel, index);
  }

  /** What a step in this direction would change of the weight; 0: the code may not go there. */
  change(at: number, direction: number): number {
    const next = this.#moved[at]! + direction;
    const allowed = next === 0 || (next === 1 && this.#up[at] === 1) || (next === -1 && this.#down[at] === 1);
    return allowed ? direction * this.limits.step * this.#scales[at]! : 0;
  }

  move(at: number, direction: number): void {
    this.#moved[at]! += direction;
  }

  /** The state, to come back to. */
  state(): Int8Array {
    return this.#moved.slice();
  }

  restore(state: Int8Array): void {
    this.#moved.set(state);
  }

  rounded(): QuantizedWeights {
    const data = this.weights.data.slice();
    const { weights: real } = this.constants;
    const rows = rowsOfWeights(this.constants.dims, this.weights);
    let noise = 0;
    for (let row = 0; row < rows.channels; row++) {
      const zero = this.weights.zeroPoints[row]!;
      for (let i = 0; i < rows.lengthOf(row); i++) {
        const at = rows.offset(row, i);
        data[at]! += this.#moved[at]! * this.limits.step;
        noise += ((data[at]! - zero) * this.#scales[at]! - real[at]!) ** 2;
      }
    }
    return { ...this.weights, data, noise };
  }
}
