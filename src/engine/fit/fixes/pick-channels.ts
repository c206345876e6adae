import type { Node } from '../../onnx/graph.ts';
import { constantIntegers, soleReader } from '../../simplify/edit.ts';
import { replaceNode, selection } from '../build.ts';
import { isFloat32, isOp, mapOf, sizesOf, type Fix, type FitScope } from '../fix.ts';
import { takenBy } from '../slices.ts';

export const pickChannels: Fix = {
  id: 'pick-channels',
  title: 'Pick the channels by a 1×1 convolution',
  effect: 'exact',
  finds: 'Slice and Gather of channels by constants, and the channel shuffle written as Reshape, Transpose, Reshape.',
  does: 'A 1×1 convolution whose weights are 0 and 1: each sum has a single term, so nothing is rounded.',
  source: 'Gather and Transpose are no operators of the DPU; Slice only of the 3.0 and 3.5 compilers (release notes).',
  match(node, scope) {
    const { graph, board } = scope;
    if ((mapOf(scope, node.outputs[0])?.channels ?? Infinity) > board.channels) return undefined;
    const found = sliced(node, scope) ?? gathered(node, scope) ?? shuffled(node, scope);
    const of = mapOf(scope, found?.value)?.channels ?? Infinity;
    if (!found || Math.max(of, found.channels.length) > board.channels || found.channels.length === 0) return undefined;
    return {
      nodes: [node.label, ...found.nodes.map(({ label }) => label)],
      message: `${found.channels.length} of ${of} channels by a 1×1 convolution`,
      apply() {
        const weight = selection(graph, node.label, of, found.channels);
        replaceNode(graph, node, 'Conv', [found.value, weight], { kernel_shape: [1, 1] });
        graph.remove(...found.nodes);
        return undefined;
      },
    };
  },
};

interface Picked {
  readonly value: string;
  readonly channels: readonly number[];
  /** What goes beside the node itself. */
  readonly nodes: readonly Node[];
}

function sliced(node: Node, scope: FitScope): Picked | undefined {
  const map = mapOf(scope, node.inputs[0]);
  const taken = map && takenBy(node, scope);
  if (!taken) return undefined;
  const [batch, channels, rows, columns] = taken.axes;
  if (batch!.size !== 1 || rows!.size !== map.height || columns!.size !== map.width || channels!.size === map.channels) return undefined;
  return {
    value: taken.value,
    channels: Array.from({ length: channels!.size }, (_, i) => channels!.start + i * channels!.step),
    nodes: [],
  };
}

function gathered(node: Node, scope: FitScope): Picked | undefined {
  const map = mapOf(scope, node.inputs[0]);
  if (!map || !isOp(node, 'Gather') || ![1, -3].includes(node.int('axis', 0)) || !isFloat32(scope, node.inputs[0])) return undefined;
  const indices = scope.graph.constant(node.inputs[1] ?? '')?.dims.length === 1 ? constantIntegers(scope.graph, node.inputs[1]) : undefined;
  const channels = indices?.map((index) => (index < 0 ? index + map.channels : index));
  return channels?.every((channel) => channel >= 0 && channel < map.channels) ? { value: node.inputs[0]!, channels, nodes: [] } : undefined;
}

function shuffled(node: Node, scope: FitScope): Picked | undefined {
  const { graph } = scope;
  const transpose = isOp(node, 'Reshape') ? graph.producer(node.inputs[0]!) : undefined;
  const spread = isOp(transpose, 'Transpose') ? graph.producer(transpose.inputs[0]!) : undefined;
  if (!isOp(spread, 'Reshape') || transpose!.ints('perm')?.join() !== '0,2,1,3,4' || !isFloat32(scope, spread.inputs[0])) return undefined;
  const [from, to] = [mapOf(scope, spread.inputs[0]), mapOf(scope, node.outputs[0])];
  const [batch, groups = 0, size = 0, height, width] = sizesOf(scope, spread.outputs[0]) ?? [];
  const alone = soleReader(graph, spread.outputs[0]!) === transpose && soleReader(graph, transpose!.outputs[0]!) === node;
  if (!from || !to || !alone || batch !== 1 || groups * size !== from.channels || to.channels !== from.channels) return undefined;
  if ([height, from.height, to.height].some((h) => h !== height) || [width, from.width, to.width].some((w) => w !== width))
    return undefined;
  const channels = Array.from({ length: from.channels }, (_, i) => (i % groups) * size + Math.floor(i / groups));
  return { value: spread.inputs[0]!, channels, nodes: [spread, transpose!] };
}
