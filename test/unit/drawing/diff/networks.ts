import { DataType } from '../../../../src/engine/onnx/data-type.ts';
import { attributes, Graph, Model, Node, type ValueInfo } from '../../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../../src/engine/onnx/tensor.ts';
import { seededRandom, type Random } from '../../../../src/engine/base/random.ts';

/** A layer as tests edit it; `id` is what it is, whatever it is called and wherever it stands. */
export interface Layer {
  readonly id: number;
  readonly op: string;
  /** Ids of the layers that it reads; -1: the network's input. */
  reads: number[];
  weights?: { channels: number; inputs: number; seed: number };
  kernel?: number;
}

export interface Network {
  readonly layers: Layer[];
}

const activations = ['Relu', 'Sigmoid', 'Tanh'];

/** A network of convolutions, activations and residual sums, a chain for the most part, as networks are. */
export function randomNetwork(random: Random, size: number): Network {
  const layers: Layer[] = [];
  let last = -1;
  for (let id = 0; id < size; id++) {
    const choice = random.integer(10);
    const earlier = id > 2 ? random.integer(id - 1) : -1;
    if (choice < 5)
      layers.push({
        id,
        op: 'Conv',
        reads: [last],
        weights: { channels: 4, inputs: 4, seed: random.integer(1 << 30) },
        kernel: random.integer(2) ? 3 : 1,
      });
    else if (choice < 8 || earlier < 0) layers.push({ id, op: activations[random.integer(3)]!, reads: [last] });
    else layers.push({ id, op: 'Add', reads: [last, earlier] });
    last = id;
  }
  return { layers };
}

export interface Spelling {
  /** What a layer is called; by default its id. */
  readonly name?: (layer: Layer, place: number) => string;
  /** Quantizers behind every layer and in front of every weight. */
  readonly quantized?: boolean;
  /** Added to the seeds of all weights: other numbers, the same shapes. */
  readonly retrained?: number;
}

/** The network as a model, and the label of each layer. */
export function spell(
  { layers }: Network,
  { name = ({ id }) => `layer${id}`, quantized = false, retrained = 0 }: Spelling = {},
): { model: Model; labels: Map<number, string> } {
  const graph = new Graph();
  graph.name = 'network';
  const value = (text: string): ValueInfo => ({ name: text, type: { kind: 'tensor', elementType: DataType.float32, shape: [1, 4, 8, 8] } });
  graph.inputs = [value('input')];
  const made = new Map<number, string>([[-1, 'input']]);
  const labels = new Map<number, string>();
  graph.initializers.set('scale', Tensor.float32([], [0.1]));
  graph.initializers.set('zero', Tensor.of(DataType.int8, [], Int8Array.of(0)));
  layers.forEach((layer, place) => {
    const label = name(layer, place);
    labels.set(layer.id, label);
    const inputs = layer.reads.map((id) => made.get(id)!);
    if (layer.weights) inputs.push(weights(graph, label, layer, { quantized, retrained }));
    const output = `${label}:out`;
    graph.add(new Node(label, layer.op, inputs, [output], attributes(layer.kernel ? { kernel_shape: [layer.kernel, layer.kernel] } : {})));
    made.set(layer.id, quantized ? throughQuantizers(graph, output) : output);
  });
  graph.outputs = [value(made.get(layers.at(-1)!.id)!)];
  const model = new Model(graph);
  model.opsets.set('', 17);
  return { model, labels };
}

function weights(
  graph: Graph,
  label: string,
  { weights: form, kernel = 1 }: Layer,
  { quantized, retrained }: { quantized: boolean; retrained: number },
): string {
  const { channels, inputs, seed } = form!;
  const dims = [channels, inputs, kernel, kernel];
  const random = seededRandom(seed + retrained);
  const size = dims.reduce((product, dim) => product * dim, 1);
  const numbers = Array.from({ length: size }, () => random.integer(255) - 127);
  if (!quantized) {
    graph.initializers.set(
      `${label}:w`,
      Tensor.float32(
        dims,
        numbers.map((number) => number / 10 + 0.01),
      ),
    );
    return `${label}:w`;
  }
  graph.initializers.set(`${label}:q`, Tensor.of(DataType.int8, dims, Int8Array.from(numbers)));
  graph.add(new Node(`${label}:dq`, 'DequantizeLinear', [`${label}:q`, 'scale', 'zero'], [`${label}:w`]));
  return `${label}:w`;
}

function throughQuantizers(graph: Graph, value: string): string {
  graph.add(new Node(`${value}:Q`, 'QuantizeLinear', [value, 'scale', 'zero'], [`${value}:q`]));
  graph.add(new Node(`${value}:DQ`, 'DequantizeLinear', [`${value}:q`, 'scale', 'zero'], [`${value}:dq`]));
  return `${value}:dq`;
}

/** A new layer between one and all that read it. */
export function insertBehind({ layers }: Network, id: number, added: Omit<Layer, 'reads'>): Network {
  const at = layers.findIndex((layer) => layer.id === id);
  const copies = layers.map((layer) => ({ ...layer, reads: layer.reads.map((read) => (read === id ? added.id : read)) }));
  copies.splice(at + 1, 0, { ...added, reads: [id] });
  return { layers: copies };
}

/** Without a layer of one input: what read it reads what it read. */
export function remove({ layers }: Network, id: number): Network {
  const gone = layers.find((layer) => layer.id === id)!;
  return {
    layers: layers
      .filter((layer) => layer !== gone)
      .map((layer) => ({ ...layer, reads: layer.reads.map((read) => (read === id ? gone.reads[0]! : read)) })),
  };
}

/** Fewer channels everywhere. */
export const pruned = ({ layers }: Network, channels: number): Network => ({
  layers: layers.map((layer) => (layer.weights ? { ...layer, weights: { ...layer.weights, channels, inputs: channels } } : layer)),
});
