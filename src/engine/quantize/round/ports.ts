import type { Graph, Node } from '../../onnx/graph.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import type { LayerSample } from '../../statistics/moment-probe.ts';
import type { WalkLayer } from './layer-work.ts';
import type { Simulation } from './simulation.ts';
import { Stages } from './stages.ts';
import type { Tensors } from './tensor-store.ts';

/** Where a layer is met in the quantized model and in the float one. */
export interface Ports {
  readonly layer: WalkLayer;
  readonly stage: number;
  /** What it reads in the quantized model, dequantized. */
  readonly input: string;
  /** What the float model's layer makes. */
  readonly target: string;
  /** The other operand of the Add that alone reads the layer's output, where it is known by then. */
  readonly skip: { readonly quantized: string; readonly float: string } | undefined;
}

/** Ports of all layers, by what each has to wait for. `graph`: the float model's. */
export function findPorts(graph: Graph, layers: readonly WalkLayer[], simulation: Simulation): Ports[] {
  const copies = new Set(layers.map(({ integer }) => simulation.copyOf(integer.node)));
  const inputOf = ({ integer }: WalkLayer): string => simulation.copyOf(integer.node).inputs[integer.compute!.role.activation]!;
  const stages = new Stages(simulation.model.graph, layers.map(inputOf), (node, read) => (copies.has(node) ? read + 1 : read));
  return layers.map((layer) => {
    const { node } = layer.integer;
    const input = inputOf(layer);
    const stage = stages.of(input);
    const target = node.outputs[0]!;
    const next = onlyReader(graph, target);
    if (next?.node.op !== 'Add') return { layer, stage, input, target, skip: undefined };
    const float = next.node.inputs[1 - next.index]!;
    const quantized = simulation.copyOf(next.node).inputs[1 - next.index]!;
    const known = !graph.constant(float) && stages.of(quantized) <= stage;
    return { layer, stage, input, target, skip: known ? { quantized, float } : undefined };
  });
}

/** What a layer reads and should give in one picture: the float model's output; before an Add also what the other operand lacks. */
export function sampleOf({ input, target, skip }: Ports, ours: Tensors, theirs: Tensors): LayerSample {
  const wanted = theirs[target]!;
  const [theirSkip, ourSkip] = [skip && theirs[skip.float]!, skip && ours[skip.quantized]!];
  if (!theirSkip || !ourSkip || !sameDims(theirSkip, wanted) || !sameDims(ourSkip, wanted)) return { input: ours[input]!, target: wanted };
  const [base, plus, minus] = [wanted, theirSkip, ourSkip].map(({ data }) => data as Float32Array);
  return { input: ours[input]!, target: { ...wanted, data: base!.map((value, i) => value + plus![i]! - minus![i]!) } };
}

const sameDims = (a: RuntimeTensor, b: RuntimeTensor): boolean =>
  a.dims.length === b.dims.length && a.dims.every((dim, axis) => dim === b.dims[axis]);

function onlyReader(graph: Graph, value: string): { readonly node: Node; readonly index: number } | undefined {
  const [use, ...more] = graph.users(value);
  return use && more.length === 0 && use.index >= 0 && !graph.isOutput(value) ? use : undefined;
}
