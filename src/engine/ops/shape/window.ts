import type { Dim, Node } from '../../onnx/graph.ts';
import { shapeError } from './operand.ts';

/** Sliding-window attributes of convolutions and pools, one entry per spatial axis. */
export interface Window {
  readonly kernel: readonly Dim[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padsBegin: readonly number[];
  readonly padsEnd: readonly number[];
  readonly autoPad: 'NOTSET' | 'VALID' | 'SAME_UPPER' | 'SAME_LOWER';
}

const autoPads = ['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'] as const;

/** Reads and checks the attributes of a window over `rank` spatial axes. Throws `model.shape`. */
export function windowOf(node: Node, kernel: readonly Dim[], rank: number): Window {
  const list = (name: string, length: number, fallback: number, lowest: number): number[] => {
    const values = node.ints(name) ?? [];
    if (values.length === 0) return Array<number>(length).fill(fallback);
    if (values.length !== length) throw shapeError(node, `has ${values.length} ${name}; expected ${length} for ${rank} spatial axes`);
    const bad = values.find((value) => value < lowest);
    if (bad !== undefined) throw shapeError(node, `has ${bad} among its ${name}`);
    return values;
  };
  if (kernel.length !== rank) throw shapeError(node, `has a kernel of ${kernel.length} axes on an input with ${rank} spatial axes`);
  const text = node.string('auto_pad', 'NOTSET') || 'NOTSET';
  const autoPad = autoPads.find((known) => known === text);
  if (!autoPad) throw shapeError(node, `has auto_pad ${JSON.stringify(text)}; expected one of ${autoPads.join(', ')}`);
  const pads = list('pads', 2 * rank, 0, Number.MIN_SAFE_INTEGER);
  return {
    kernel,
    strides: list('strides', rank, 1, 1),
    dilations: list('dilations', rank, 1, 1),
    padsBegin: pads.slice(0, rank),
    padsEnd: pads.slice(rank),
    autoPad,
  };
}

/** Size that a window covers on one axis, dilation counted. */
const extent = (window: Window, axis: number): number | null => {
  const kernel = window.kernel[axis]!;
  return typeof kernel === 'number' ? window.dilations[axis]! * (kernel - 1) + 1 : null;
};

/**
 * Output size of a convolution or pool on one spatial axis, as ONNX Runtime computes it (conv_attributes.h, pool_attributes.h):
 * floor((in + pads - extent) / stride) + 1; with `ceil` rounded up, less the window that would start behind the data and its first pad.
 * `auto_pad` SAME gives ceil(in / stride).
 */
export function slide(node: Node, window: Window, input: Dim, axis: number, ceil = false): Dim {
  const stride = window.strides[axis]!;
  const covered = extent(window, axis);
  const same = window.autoPad.startsWith('SAME');
  if (same && stride === 1) return covered === null ? null : input;
  const explicit = window.autoPad === 'NOTSET';
  const begin = explicit ? window.padsBegin[axis]! : 0;
  const pads = explicit ? begin + window.padsEnd[axis]! : 0;
  if (typeof input !== 'number') return covered !== null && stride === 1 && pads === covered - 1 ? input : null;
  if (covered === null) return null;
  if (same) return Math.ceil(input / stride);
  const room = input + pads - covered;
  if (room < 0) {
    throw shapeError(node, `has a window of ${covered} on spatial axis ${axis}, larger than its padded input of ${input + pads}`);
  }
  if (!ceil) return Math.floor(room / stride) + 1;
  const size = Math.ceil(room / stride) + 1;
  return (size - 1) * stride >= input + begin ? size - 1 : size;
}
