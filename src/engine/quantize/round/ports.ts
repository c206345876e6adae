import type { Graph, Node } from '../../onnx/graph.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import { asIs, type LayerSample, type Term } from '../../statistics/layer-sample.ts';
import type { WalkLayer } from './layer-work.ts';
import type { Simulation } from './simulation.ts';
import { Stages } from '../../layerwise/stages.ts';
import type { Tensors } from '../../layerwise/tensor-store.ts';

/** A value of the quantized model, by what is fetched of it: its codes where it is dequantized, a quarter of the bytes. */
export interface Source {
  readonly name: string;
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Where a layer is met in the quantized model and in the float one. */
export interface Ports {
  readonly layer: WalkLayer;
  readonly stage: number;
  /** What it reads in the quantized model. */
  readonly input: Source;
  /** What the float model's layer makes. */
  readonly target: string;
  /** The other operand of the Add that alone reads the layer's output, where it is known by then. */
  readonly skip: { readonly quantized: Source; readonly float: string } | undefined;
}

/** Ports of all layers, by what each has to wait for. `graph`: the float model's. */
export function findPorts(graph: Graph, layers: readonly WalkLayer[], simulation: Simulation): Ports[] {
  const copies = new Set(layers.map(({ integer }) => simulation.copyOf(integer.node)));
  const inputOf = ({ integer }: WalkLayer): string => simulation.copyOf(integer.node).inputs[integer.compute!.role.activation]!;
  const stages = new Stages(simulation.model.graph, layers.map(inputOf), (node, read) => (copies.has(node) ? read + 1 : read));
  return layers.map((layer) => {
    const { node } = layer.integer;
    const input = sourceOf(simulation.model.graph, inputOf(layer));
    const stage = stages.of(input.name);
    const target = node.outputs[0]!;
    const next = onlyReader(graph, target);
    if (next?.node.op !== 'Add') return { layer, stage, input, target, skip: undefined };
    const float = next.node.inputs[1 - next.index]!;
    const quantized = simulation.copyOf(next.node).inputs[1 - next.index]!;
    const known = !graph.constant(float) && stages.of(quantized) <= stage;
    return { layer, stage, input, target, skip: known ? { quantized: sourceOf(simulation.model.graph, quantized), float } : undefined };
  });
}

/** What a layer reads and should give in one picture: the float model's output; before an Add also what the other operand lacks. */
export function sampleOf({ input, target, skip }: Ports, ours: Tensors, theirs: Tensors): LayerSample {
  const wanted = theirs[target]!;
  const own: Term = { ...input, tensor: ours[input.name]! };
  const alone = { input: own, target: [asIs(wanted)] };
  if (!skip) return alone;
  const { name, scale, zeroPoint } = skip.quantized;
  const [theirSkip, ourSkip] = [theirs[skip.float]!, ours[name]!];
  // An Add that broadcasts: its operand is not of the layer's own shape.
  if (!sameDims(theirSkip, wanted) || !sameDims(ourSkip, wanted)) return alone;
  return { input: own, target: [asIs(wanted), asIs(theirSkip), { tensor: ourSkip, scale: -scale, zeroPoint }] };
}

/** Scale and zero point of a tensor as a whole only. */
export function sourceOf(graph: Graph, value: string): Source {
  const maker = graph.producer(value);
  const asMade = { name: value, scale: 1, zeroPoint: 0 };
  if (maker?.op !== 'DequantizeLinear') return asMade;
  const [codes, scaleName, zeroName = ''] = maker.inputs;
  const [scale, zero] = [graph.constant(scaleName!), graph.constant(zeroName)];
  if (scale?.size !== 1 || (zeroName !== '' && zero?.size !== 1)) return asMade;
  return { name: codes!, scale: scale.toFloat64()[0]!, zeroPoint: zero?.toFloat64()[0] ?? 0 };
}

const sameDims = (a: RuntimeTensor, b: RuntimeTensor): boolean =>
  a.dims.length === b.dims.length && a.dims.every((dim, axis) => dim === b.dims[axis]);

function onlyReader(graph: Graph, value: string): { readonly node: Node; readonly index: number } | undefined {
  const [use, ...more] = graph.users(value);
  return use && more.length === 0 && use.index >= 0 && !graph.isOutput(value) ? use : undefined;
}
