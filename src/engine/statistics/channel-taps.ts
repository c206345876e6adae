import type { Context } from '../base/context.ts';
import { encodeModel } from '../onnx/codec.ts';
import { cutGraph } from '../onnx/cut.ts';
import { DataType } from '../onnx/data-type.ts';
import { attributes, Node, type Model } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import type { Feeds } from './observer.ts';

/** A float32 value to reduce to one number for each channel: over all axes but `axis` (0 or more). */
export interface ChannelTap {
  readonly value: string;
  readonly rank: number;
  readonly axis: number;
  /** Size of that axis. */
  readonly channels: number;
  readonly reduce: 'ReduceMin' | 'ReduceMax' | 'ReduceMean';
}

const output = 'lathe_channels';

/** Runs the part of a model that makes some values, and reduces them inside the graph: a float a channel leaves it, no activations. */
export class ChannelTaps {
  private constructor(
    readonly taps: readonly ChannelTap[],
    readonly session: Session,
  ) {}

  /** Throws LatheError `graph.unknown-value`, `runtime.load`. */
  static async load(model: Model, taps: readonly ChannelTap[], runtime: Runtime, context: Context): Promise<ChannelTaps> {
    return new ChannelTaps(taps, await runtime.load(encodeModel(tapped(model, taps)), { optimize: 'all', threads: context.threads }));
  }

  /** The channels of each tap, in their order. The least of no elements is Infinity, the greatest -Infinity, the mean 0. */
  async run(feeds: Feeds): Promise<Float32Array[]> {
    const vector = (await this.session.run(feeds))[output]!.data as Float32Array;
    let at = 0;
    return this.taps.map(({ channels }) => vector.subarray(at, (at += channels)));
  }

  dispose(): Promise<void> {
    return this.session.dispose();
  }
}

/** The part of the model before the values, with one vector as output. */
function tapped(model: Model, taps: readonly ChannelTap[]): Model {
  const values = [...new Set(taps.map(({ value }) => value))];
  const part = cutGraph(model, model.graph.requiredInputs, values);
  const { graph } = part;
  const names = taps.map(({ value, rank, axis, reduce }, i) => {
    const axes = Array.from({ length: rank }, (_, at) => at).filter((at) => at !== axis);
    const name = graph.uniqueName(`lathe_channels_${i}`);
    // ReduceMean, ReduceMin and ReduceMax take their axes as an input since opset 18.
    if (part.opset < 18) graph.add(new Node('', reduce, [value], [name], attributes({ axes, keepdims: 0 })));
    else {
      graph.initializers.set(`${name}_axes`, Tensor.int64([axes.length], axes));
      graph.add(new Node('', reduce, [value, `${name}_axes`], [name], attributes({ keepdims: 0 })));
    }
    return name;
  });
  graph.add(new Node('', 'Concat', names, [output], attributes({ axis: 0 })));
  graph.outputs = [{ name: output, type: { kind: 'tensor', elementType: DataType.float32 } }];
  return part;
}
