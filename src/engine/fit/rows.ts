import type { Graph, Node } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import { floatConstant, soleReader } from '../simplify/edit.ts';
import { linearLayer } from '../simplify/linear.ts';
import { rebuilt, store } from './build.ts';
import { isOp } from './fix.ts';

/** Operators of one input that treat every number alike, whose constants are single numbers. */
const pointwise = new Set(['Relu', 'Clip', 'LeakyRelu', 'HardSigmoid', 'HardSwish', 'Sigmoid', 'Tanh', 'Elu', 'Softplus', 'Mish', 'Swish', 'Gelu', 'Erf', 'Abs', 'Neg']); // prettier-ignore

export function isPointwise(graph: Graph, node: Node): boolean;
export function isPointwise(graph: Graph, node: Node | undefined): node is Node;
export function isPointwise(graph: Graph, node: Node | undefined): boolean {
  return isOp(node, ...pointwise) && node.inputs.slice(1).every((input) => input === '' || (graph.constant(input)?.size ?? 0) === 1);
}

/** A convolution and the activations behind it, one after the other, of which only the last is read by others. */
export interface Chain {
  readonly conv: Node;
  readonly activations: readonly Node[];
}

/** The chain that ends in `value`; its own reader is for the caller to look at. */
export function chainOf(graph: Graph, value: string): Chain | undefined {
  const activations: Node[] = [];
  let maker = graph.producer(value);
  while (maker && isPointwise(graph, maker)) {
    activations.unshift(maker);
    const from = maker.inputs[0]!;
    if (soleReader(graph, from) !== maker) return undefined;
    maker = graph.producer(from);
  }
  const layer = maker && isOp(maker, 'Conv') && maker.int('group', 1) === 1 ? linearLayer(graph, maker) : undefined;
  return layer && { conv: layer.node, activations };
}

/** Copies a chain for the output channels from `from` on, `size` of them; returns its result, or makes `output`. */
export function copyRows(graph: Graph, { conv, activations }: Chain, from: number, size: number, suffix: string, output?: string): string {
  const weight = floatConstant(graph, conv.inputs[1])!;
  const bias = floatConstant(graph, conv.inputs[2]);
  const row = weight.values.length / weight.dims[0]!;
  const label = `${conv.label}/${suffix}`;
  const inputs = [
    conv.inputs[0]!,
    store(
      graph,
      `${label}/weight`,
      Tensor.float32([size, ...weight.dims.slice(1)], weight.values.subarray(from * row, (from + size) * row)),
    ),
  ];
  if (bias) inputs.push(store(graph, `${label}/bias`, Tensor.float32([size], bias.values.subarray(from, from + size))));
  let value = '';
  [conv, ...activations].forEach((node, i) => {
    const last = i === activations.length;
    const name = graph.uniqueName(`${node.label}/${suffix}`);
    const result = last && output ? output : name;
    graph.add(rebuilt(node, i === 0 ? inputs : [value, ...node.inputs.slice(1)], [result], name));
    value = result;
  });
  return value;
}
