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
 * Pads before the data and on both sides together. With SAME they bring the output to ceil(in / stride), dilation not counted; no window
 * starts behind the data then, so where they begin does not matter.
 */
function padding(window: Window, input: number, axis: number): { begin: number; both: number } {
  const stride = window.strides[axis]!;
  switch (window.autoPad) {
    case 'NOTSET':
      return { begin: window.padsBegin[axis]!, both: window.padsBegin[axis]! + window.padsEnd[axis]! };
    case 'VALID':
      return { begin: 0, both: 0 };
    default:
      return { begin: 0, both: (Math.ceil(input / stride) - 1) * stride + (window.kernel[axis] as number) - input };
  }
}

/** Where padding begins on one axis, in elements before the data; SAME_LOWER puts the odd one there, SAME_UPPER behind. */
export function padBegin(window: Window, input: number, axis: number): number {
  const { begin, both } = padding(window, input, axis);
  if (!window.autoPad.startsWith('SAME')) return begin;
  const total = Math.max(0, both);
  return window.autoPad === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
}

/** Whether the window keeps the size of its axis, whatever that is. */
function keepsSize(window: Window, covered: number, axis: number): boolean {
  if (window.strides[axis] !== 1) return false;
  if (window.autoPad.startsWith('SAME')) return window.dilations[axis] === 1 || covered === 1;
  const pads = window.autoPad === 'NOTSET' ? window.padsBegin[axis]! + window.padsEnd[axis]! : 0;
  return pads === covered - 1;
}

/** Output size of a convolution on one spatial axis: floor((in + pads - extent) / stride) + 1, with auto_pad SAME ceil(in / stride). */
export function convolve(node: Node, window: Window, input: Dim, axis: number): Dim {
  const covered = extent(window, axis);
  if (covered === null) return null;
  if (typeof input !== 'number') return keepsSize(window, covered, axis) ? input : null;
  const stride = window.strides[axis]!;
  if (window.autoPad.startsWith('SAME')) return Math.ceil(input / stride);
  const padded = input + padding(window, input, axis).both;
  if (padded < covered) {
    throw shapeError(node, `has a window of ${covered} on spatial axis ${axis}, larger than its padded input of ${padded}`);
  }
  return Math.floor((padded - covered) / stride) + 1;
}

/**
 * Output size of a pool on one spatial axis, as ONNX Runtime computes it (pool_attributes.h): as for a convolution, but cut toward zero
 * where the window does not fit, so that an empty output is possible. With `ceil` rounded up, less the window that would start behind
 * the data and its first pad.
 */
export function poolAlong(node: Node, window: Window, input: Dim, axis: number, ceil: boolean): Dim {
  const covered = extent(window, axis);
  if (covered === null) return null;
  if (typeof input !== 'number') return keepsSize(window, covered, axis) ? input : null;
  const stride = window.strides[axis]!;
  const { begin, both } = padding(window, input, axis);
  const steps = (input + both - covered) / stride;
  let size = (ceil ? Math.ceil(steps) : Math.trunc(steps)) + 1;
  if (ceil && (size - 1) * stride >= input + begin) size--;
  if (size < 0)
    throw shapeError(node, `has a window of ${covered} on spatial axis ${axis}, larger than its padded input of ${input + both}`);
  return size;
}
