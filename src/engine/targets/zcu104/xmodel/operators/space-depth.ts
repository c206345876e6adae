import type { Node } from '../../../../onnx/graph.ts';
import { storedShape } from '../layout.ts';
import type { Writing } from '../export.ts';
import type { OperatorWriter } from './index.ts';

/** Channels become blocks of pixels. Mode CRD is PyTorch's PixelShuffle, which XIR has an operator for; DCR is written with transpositions. */
export const depthToSpace: OperatorWriter = (writing, node) => {
  const [, channels, height, width] = mapOf(writing, node);
  const block = node.int('blocksize', 1);
  if (node.string('mode', 'DCR') === 'CRD') return writing.simple(node, 'pixel-shuffle', { scale: block, upscale: true });
  // A stored map is [1, rows, columns, channels], and channels are [block row, block column, channel].
  moved(writing, node, [height, width, block, block, channels / block ** 2], [0, 2, 1, 3, 4]);
};

/** Blocks of pixels become channels: [block row, block column, channel]. */
export const spaceToDepth: OperatorWriter = (writing, node) => {
  const [, channels, height, width] = mapOf(writing, node);
  const block = node.int('blocksize', 1);
  moved(writing, node, [height / block, block, width / block, block, channels], [0, 2, 1, 3, 4]);
};

function mapOf(writing: Writing, node: Node): [number, number, number, number] {
  const dims = writing.dims(node.inputs[0]!);
  if (dims.length === 4 && dims[0] === 1) return dims as [number, number, number, number];
  return writing.refuse(node, `${node.op} of ${dims.length} axes has no form for the DPU, which takes one picture`);
}

/** The map as parts of its axes, their order changed, and put together again. */
function moved(writing: Writing, node: Node, parts: readonly number[], order: readonly number[]): void {
  const { builder } = writing;
  const between = order.map((axis) => parts[axis]!);
  const shape = storedShape(writing.dims(node.outputs[0]!));
  const apart = builder.op('reshape', `${node.label}_parts`, { input: [writing.op(node.inputs[0]!)] }, parts, { shape: parts });
  const turned = builder.op('transpose', `${node.label}_order`, { input: [apart] }, between, { order });
  writing.made(node, builder.op('reshape', node.label, { input: [turned] }, shape, { shape }));
}
