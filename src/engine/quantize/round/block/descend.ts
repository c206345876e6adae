import type { Parameter } from '../../../train/parameters.ts';
import { storedBias } from '../../bias.ts';
import type { Flip } from './block-codes.ts';
import type { StepRunner } from './step-runner.ts';
import { coarseBias, type TunedLayer } from './tuned-layer.ts';

/** A layer with its constants' places in the flat vector. */
export interface PlacedLayer {
  readonly layer: TunedLayer;
  readonly weights: Parameter;
  readonly bias: Parameter | undefined;
}

export interface PlacedScale {
  readonly value: string;
  readonly parameter: Parameter;
  readonly most: number;
}

export interface DescentRequest {
  readonly layers: readonly PlacedLayer[];
  readonly scales: readonly PlacedScale[];
  readonly start: Float32Array;
  readonly train: readonly number[];
  readonly heldOut: readonly number[];
  /** Passes over the training pictures. */
  readonly passes: number;
  readonly stream: string;
}

/** Random directions in which curvature is looked at. */
const probes = 32;
/** Between two looks at the held-out pictures; this many looks without gain end the descent. */
const lookEvery = 5;
const patience = 4;
/** Part of a full Newton step that biases take. */
const biasStep = 0.3;
/** Share of all channels in which one code may move at first. */
const firstShare = 0.25;
/** Steps that did not lower the loss, one behind the other, that end the descent; each is half as far as the one before. */
const mostFailures = 6;
/** Of an activation's scale. */
const scaleFactors = [0.96, 1.04];
const mostScaleSteps = 5;

/** What one code's move would bring. */
interface Move extends Flip {
  readonly layer: number;
  readonly gain: number;
  /** What the channel's bias makes up for. */
  readonly bias: number;
}

interface State {
  readonly values: Float32Array;
  readonly codes: readonly Int8Array[];
}

interface Curvature {
  /** By place in the flat vector: second derivative of the loss. */
  readonly own: Float64Array;
  /** Of a weight with its channel's bias. */
  readonly withBias: Float64Array;
}

/**
 * Moves single codes where the block's loss falls by them: gradient and Gauss-Newton curvature say which, one in a channel at a time, its bias making up for the
 * mean; what did not lower the loss over all training pictures is taken back, and fewer are tried. The state with the least loss on the
 * held-out pictures is kept. (Second-order view of rounding: Nagel et al., AdaRound, arXiv:2004.10568, eq. 3; over blocks: Li et al.,
 * BRECQ, arXiv:2102.05426, eq. 7. Coordinate descent in place of their relaxations is our own: it begins with the solution of rounding by layer and never leaves it for worse.)
 */
export class Descent {
  readonly values: Float32Array;
  #curvature!: Curvature;

  constructor(
    readonly request: DescentRequest,
    readonly runner: StepRunner,
    readonly debug: (message: string) => void,
  ) {
    this.values = request.start.slice();
  }

  /** Loss on the held-out pictures, before and of the state that it ends in. */
  async run(): Promise<{ readonly before: number; readonly after: number }> {
    const { train, heldOut, passes, layers } = this.request;
    const before = await this.runner.loss(this.values, heldOut);
    let best = { loss: before, state: this.#state() };
    await this.#searchScales();
    this.#curvature = await this.#curvatures();
    let kept = { loss: Infinity, gradient: new Float64Array(0) as Float64Array, state: best.state };
    let most = Math.ceil(firstShare * layers.reduce((sum, { layer }) => sum + layer.codes.channels, 0));
    for (let [pass, failures, looks] = [0, 0, 0]; pass < passes && failures < mostFailures && looks < patience; pass++) {
      const now = await this.runner.gradient(this.values, train);
      if (now.loss < kept.loss) {
        kept = { ...now, state: this.#state() };
        failures = 0;
        if (pass > 0) most = Math.ceil(most * 1.25);
      } else {
        this.#restore(kept.state);
        failures++;
        most = Math.ceil(most / 2);
      }
      const last = pass + 1 === passes || failures === mostFailures;
      if (pass % lookEvery === lookEvery - 1 || last) {
        const loss = await this.runner.loss(kept.state.values, heldOut);
        this.debug(`pass ${pass + 1}: ${kept.loss.toExponential(3)}, held out ${before.toExponential(3)} to ${loss.toExponential(3)}`);
        looks = loss < best.loss ? 0 : looks + 1;
        if (loss < best.loss) best = { loss, state: kept.state };
      }
      this.#step(kept.gradient, most, failures);
    }
    this.#restore(best.state);
    return { before, after: best.loss };
  }

  /** Each activation's scale by itself, in steps, as long as the loss over the training pictures falls. */
  async #searchScales(): Promise<void> {
    const { scales, train } = this.request;
    if (scales.length === 0) return;
    let least = await this.runner.loss(this.values, train);
    for (const { most, parameter } of scales) {
      for (const factor of scaleFactors) {
        const start = this.values[parameter.offset]!;
        for (let tried = 0; tried < mostScaleSteps; tried++) {
          const before = this.values[parameter.offset]!;
          this.values[parameter.offset] = Math.min(most, before * factor);
          const loss = await this.runner.loss(this.values, train);
          if (loss < least) least = loss;
          else this.values[parameter.offset] = before;
          if (this.values[parameter.offset] === before) break;
        }
        if (this.values[parameter.offset] !== start) break;
      }
    }
  }

  async #curvatures(): Promise<Curvature> {
    const { train, layers, stream } = this.request;
    const { pictures } = this.runner.request;
    const size = this.values.length;
    const found = { own: new Float64Array(size), withBias: new Float64Array(size) };
    for (let probe = 0; probe < probes; probe++) {
      const first = (probe * pictures) % train.length;
      const g = await this.runner.probe(this.values, train.slice(first, first + pictures), `${stream}/${probe}`);
      for (let i = 0; i < size; i++) found.own[i]! += g[i]! ** 2 / probes;
      for (const { layer, weights, bias } of layers) {
        if (!bias) continue;
        const { codes } = layer;
        for (let channel = 0; channel < codes.channels; channel++) {
          const own = g[bias.offset + channel]! / probes;
          for (let i = 0; i < codes.depth; i++) {
            const at = weights.offset + codes.place(channel, i);
            found.withBias[at]! += own * g[at]!;
          }
        }
      }
    }
    return found;
  }

  /** Biases by a damped Newton step, and the `most` best moves of codes. */
  #step(gradient: Float64Array, most: number, failures: number): void {
    const moves: Move[] = [];
    this.request.layers.forEach((placed, index) => {
      this.#stepBias(placed, gradient, biasStep * 0.5 ** failures);
      for (let channel = 0; channel < placed.layer.codes.channels; channel++) {
        const move = this.#bestMove(placed, index, channel, gradient);
        if (move) moves.push(move);
      }
    });
    moves.sort((a, b) => a.gain - b.gain || a.layer - b.layer || a.at - b.at);
    for (const { layer, at, channel, direction, change, bias } of moves.slice(0, most)) {
      const placed = this.request.layers[layer]!;
      placed.layer.codes.move(at, direction);
      this.values[placed.weights.offset + at]! += change;
      if (placed.bias) this.values[placed.bias.offset + channel]! += bias;
    }
    for (const { layer, bias } of this.request.layers) {
      const stored = bias && coarseBias(layer, this.values.slice(bias.offset, bias.offset + bias.size));
      if (stored) this.values.set(storedBias(stored), bias.offset);
    }
  }

  #stepBias({ bias }: PlacedLayer, gradient: Float64Array, step: number): void {
    if (!bias) return;
    for (let i = bias.offset; i < bias.offset + bias.size; i++) {
      const curvature = this.#curvature.own[i]!;
      if (curvature > 0) this.values[i]! -= (step * gradient[i]!) / curvature;
    }
  }

  /** The move of a channel's codes that lowers the loss most, to second order and with the best bias for it; undefined: none does. */
  #bestMove({ layer: { codes }, weights, bias }: PlacedLayer, layer: number, channel: number, gradient: Float64Array): Move | undefined {
    const { own, withBias } = this.#curvature;
    const ofBias = bias ? own[bias.offset + channel]! : 0;
    let best: Move | undefined;
    for (let i = 0; i < codes.depth; i++) {
      const place = codes.place(channel, i);
      const at = weights.offset + place;
      const slope = gradient[at]!;
      const direction = slope > 0 ? -1 : 1;
      const change = codes.change(place, direction);
      if (change === 0 || slope === 0) continue;
      const shared = ofBias > 0 ? withBias[at]! / ofBias : 0;
      const gain = slope * change + 0.5 * Math.max(0, own[at]! - shared * withBias[at]!) * change * change;
      if (gain < (best?.gain ?? 0)) best = { layer, at: place, channel, direction, change, gain, bias: -shared * change };
    }
    return best;
  }

  #state(): State {
    return { values: this.values.slice(), codes: this.request.layers.map(({ layer }) => layer.codes.state()) };
  }

  #restore({ values, codes }: State): void {
    this.values.set(values);
    this.request.layers.forEach(({ layer }, i) => layer.codes.restore(codes[i]!));
  }
}
