import type { Attribute, Model } from '../../../src/engine/onnx/graph.ts';

/** A network as plain data, so that a peer can build the same one: its layers in order, the shapes of its weights, its small constants. */
export interface Topology {
  readonly input: string;
  readonly inputShape: readonly number[];
  readonly output: string;
  readonly classes: number;
  readonly nodes: readonly {
    readonly op: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Values of what is no weight: bounds, pads, shapes. */
  readonly constants: Readonly<Record<string, readonly number[]>>;
}

const plain = (attribute: Attribute): unknown =>
  'value' in attribute ? attribute.value : 'values' in attribute ? attribute.values : undefined;

export function topologyOf({ graph }: Model): Topology {
  const tensors = [...graph.initializers];
  const input = graph.requiredInputs[0]!;
  const output = graph.outputs[0]!;
  const shapeOf = ({ type }: typeof input): number[] => (type?.kind === 'tensor' ? (type.shape ?? []).map(Number) : []);
  return {
    input: input.name,
    inputShape: shapeOf(input).slice(1),
    output: output.name,
    classes: shapeOf(output)[1]!,
    nodes: graph.topologicalOrder().map(({ op, inputs, outputs, attributes }) => ({
      op,
      inputs,
      outputs,
      attributes: Object.fromEntries([...attributes].map(([name, attribute]) => [name, plain(attribute)])),
    })),
    shapes: Object.fromEntries(tensors.map(([name, { dims }]) => [name, dims])),
    constants: Object.fromEntries(
      tensors.filter(([, tensor]) => tensor.size <= 16).map(([name, tensor]) => [name, [...tensor.toFloat64()]]),
    ),
  };
}
