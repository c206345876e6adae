import type { Dim } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { InferenceContext, OperatorRecord } from './record.ts';
import { multiplyDims } from './shape/dims.ts';
import { ranked, shapeError, tensorOf, typeAt } from './shape/operand.ts';
import { movesElements } from './shape/roles.ts';

function blockOf(context: InferenceContext): number {
  const block = context.node.int('blocksize', 0);
  if (block < 1) throw shapeError(context.node, `has blocksize ${block}`);
  return block;
}

function divide(context: InferenceContext, what: string, dim: Dim, by: number): Dim {
  if (typeof dim !== 'number') return by === 1 ? dim : null;
  if (dim % by !== 0) throw shapeError(context.node, `has ${what} ${dim}, not a multiple of ${by}`);
  return dim / by;
}

/** Blocks of pixels into channels and back. */
export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'DepthToSpace',
    since: 1,
    summary: 'Turns groups of channels into blocks of pixels.',
    quantize: movesElements,
    infer(context) {
      const block = blockOf(context);
      const input = ranked(context, 0, 4);
      if (!input) return [tensorOf(typeAt(context, 0), [null, null, null, null])];
      const [batch, channels, height, width] = input as [Dim, Dim, Dim, Dim];
      const shape = [batch, divide(context, 'channels', channels, block * block), multiplyDims(height, block), multiplyDims(width, block)];
      return [tensorOf(typeAt(context, 0), shape)];
    },
  },
  {
    op: 'SpaceToDepth',
    since: 1,
    summary: 'Turns blocks of pixels into groups of channels.',
    quantize: movesElements,
    infer(context) {
      const block = blockOf(context);
      const input = ranked(context, 0, 4);
      if (!input) return [tensorOf(typeAt(context, 0), [null, null, null, null])];
      const [batch, channels, height, width] = input as [Dim, Dim, Dim, Dim];
      const sizes = [divide(context, 'height', height, block), divide(context, 'width', width, block)];
      return [tensorOf(typeAt(context, 0), [batch, multiplyDims(channels, block * block), ...sizes])];
    },
  },
]);
