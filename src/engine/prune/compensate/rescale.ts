import { DataType } from '../../onnx/data-type.ts';
import type { Graph } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { setConstant } from '../../simplify/edit.ts';
import { linearLayer, scaleOutputs } from '../../simplify/linear.ts';
import type { Tensors } from '../../layerwise/tensor-store.ts';
import { ChannelVariance } from './channel-variance.ts';
import type { KeptPlaces } from './kept-places.ts';
import type { Repair } from './repairs.ts';
import type { CompensatedLayer } from './types.ts';

/** A channel is not made more or less than so many times as strong. */
const mostGain = 8;

/**
 * Where least squares cannot be afforded: each output channel gets the mean and the variance that it has in the original, by the batch normalization behind the layer or
 * by its weights and bias. Memory: some floats a channel.
 */
export class Rescaling {
  readonly #ours: ChannelVariance;
  readonly #theirs: ChannelVariance;

  constructor(
    readonly graph: Graph,
    readonly repair: Repair,
    readonly reason: string,
  ) {
    const axis = repair.node.op === 'Gemm' ? -1 : 1;
    this.#ours = new ChannelVariance(axis);
    this.#theirs = new ChannelVariance(axis);
  }

  add(student: Tensors, teacher: Tensors, kept: KeptPlaces): void {
    const { end } = this.repair.chain;
    this.#ours.add(student[end]!);
    this.#theirs.add(kept.take(end, teacher[end]!));
  }

  /** undefined: there is nothing to go by. */
  finish(): CompensatedLayer | undefined {
    const { node } = this.repair;
    const [ours, theirs] = [this.#ours, this.#theirs];
    const [means, wanted] = [ours.means, theirs.means];
    const wantedVariances = theirs.variances;
    if (means.length === 0 || means.length !== wanted.length) return undefined;
    const gains = ours.variances.map((variance, channel) => {
      const gain = Math.sqrt(wantedVariances[channel]! / variance);
      return Number.isFinite(gain) ? Math.min(mostGain, Math.max(1 / mostGain, gain)) : 1;
    });
    const shifts = gains.map((gain, channel) => wanted[channel]! - gain * means[channel]!);
    if (!this.#write(gains, shifts)) return undefined;
    const apart = (channel: number): number => (means[channel]! - wanted[channel]!) ** 2;
    const shifted = means.reduce((sum, _, channel) => sum + apart(channel), 0);
    return { layer: node.label, before: theirs.total > 0 ? shifted / theirs.total : 0, after: 0, rescaled: this.reason };
  }

  #write(gains: Float64Array, shifts: Float64Array): boolean {
    const { node, chain } = this.repair;
    const { follower } = chain;
    if (!follower) {
      const layer = linearLayer(this.graph, node);
      return layer !== undefined && layer.outputs === gains.length && scaleOutputs(this.graph, layer, gains, shifts);
    }
    const [gamma, beta] = [1, 2].map((index) => this.graph.constant(follower.node.inputs[index]!)!.toFloat64());
    const set = (index: number, values: Float64Array): void =>
      setConstant(
        this.graph,
        follower.node,
        index,
        'normalization',
        Tensor.of(DataType.float32, [values.length], Float32Array.from(values)),
      );
    set(1, gamma!.map((value, channel) => value * gains[channel]!)); // prettier-ignore
    set(2, beta!.map((value, channel) => value * gains[channel]! + shifts[channel]!)); // prettier-ignore
    return true;
  }
}
