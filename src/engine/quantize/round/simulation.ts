import { DataType } from '../../onnx/data-type.ts';
import type { Model, Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { copyPlan } from '../copy-plan.ts';
import { rowsOfWeights } from '../weights.ts';
import type { ComputeNode } from '../classify.ts';
import type { StaticPlan } from '../plan.ts';
import { writeStatic } from '../write-static.ts';
import type { RoundedLayer } from './rounding.ts';

/**
 * The quantized model as its file will say it, Q and DQ nodes included, beside the float one. Layers can be given other constants later.
 * The plan and its model stay as they are.
 */
export class Simulation {
  readonly model: Model;
  /** The node that stands for one of the plan's. */
  readonly copyOf: (node: Node) => Node;

  constructor(
    readonly plan: StaticPlan,
    rounded: ReadonlyMap<Node, RoundedLayer>,
  ) {
    const copy = copyPlan(plan);
    this.model = copy.plan.model;
    this.copyOf = copy.copyOf;
    writeStatic(copy.plan, new Map([...rounded].map(([node, layer]) => [copy.copyOf(node), layer])));
  }

  /** Gives a value another scale, wherever its codes are made or read. */
  setScale(value: string, scale: number): void {
    const name = this.scaleName(value);
    if (name !== undefined) this.model.graph.initializers.set(name, Tensor.float32([], [scale]));
  }

  /** The constant that holds the scale of one of the plan's values; undefined where nothing reads it as codes. */
  scaleName(value: string): string | undefined {
    const { graph } = this.model;
    const readers = this.plan.model.graph.users(value).filter(({ index }) => index >= 0);
    const names = [...readers.map(({ node, index }) => this.copyOf(node).inputs[index]!), value];
    const maker = names.map((name) => graph.producer(name)).find((node) => node?.op === 'DequantizeLinear');
    return maker?.inputs[1];
  }

  /** Gives a layer these constants, as the float32 numbers that DequantizeLinear makes of them. */
  setLayer(node: Node, { role }: ComputeNode, dims: readonly number[], { weights, bias }: RoundedLayer): void {
    const { graph } = this.model;
    const copy = this.copyOf(node);
    const rows = rowsOfWeights(dims, weights);
    const real = new Float32Array(weights.data.length);
    for (let channel = 0; channel < rows.channels; channel++) {
      const [scale, zero] = [weights.scales[channel]!, weights.zeroPoints[channel]!];
      for (let i = 0; i < rows.lengthOf(channel); i++) {
        const at = rows.offset(channel, i);
        real[at] = (weights.data[at]! - zero) * scale;
      }
    }
    const set = (index: number, tensor: Tensor): void => {
      const name = graph.uniqueName(`${copy.outputs[0]}_constant_${index}`);
      graph.initializers.set(name, tensor);
      graph.setInput(copy, index, name);
    };
    set(role.weight, Tensor.of(DataType.float32, dims, real));
    if (!bias || role.bias === undefined) return;
    const sums = Float32Array.from(bias.data, (code, i) => code * bias.scales[bias.scales.length === 1 ? 0 : i]!);
    set(role.bias, Tensor.of(DataType.float32, [sums.length], sums));
  }
}
