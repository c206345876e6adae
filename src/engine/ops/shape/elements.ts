import { DataType, dataTypeBits, isFloatType } from '../../onnx/data-type.ts';
import type { Dim } from '../../onnx/graph.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import type { Inferred } from '../record.ts';
import { isFixed, productOf } from './dims.ts';

/** Tensors up to this many elements are followed element by element: shapes, axes, pads, scales. */
export const elementLimit = 64;

/** Elements of a small numeric constant whose bytes are at hand; undefined otherwise. 64-bit integers are clamped to ±(2^53 - 1). */
export function constantElements(tensor: Tensor): number[] | undefined {
  if (tensor.source.kind !== 'bytes' || tensor.size > elementLimit) return undefined;
  if (tensor.type === DataType.complex64 || tensor.type === DataType.complex128) return undefined;
  return isFloatType(tensor.type) ? Array.from(tensor.toFloat64()) : tensor.toIntegers();
}

/** Elements of a small tensor of this shape, made position by position in row-major order; undefined when too large or not fixed. */
export function elementsBy(
  shape: readonly Dim[] | undefined,
  make: (position: readonly number[]) => Dim | undefined,
): readonly Dim[] | undefined {
  if (!isFixed(shape)) return undefined;
  const size = productOf(shape);
  if (size === null || size > elementLimit) return undefined;
  const position = shape.map(() => 0);
  const elements: Dim[] = [];
  for (let i = 0; i < size; i++) {
    elements.push(make(position) ?? null);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++position[axis]! < shape[axis]!) break;
      position[axis] = 0;
    }
  }
  return elements;
}

/** Row-major offset of a position in a fixed shape. Broadcast axes of size 1 are read at 0; leading axes may be missing. */
export function offsetOf(shape: readonly number[], position: readonly number[]): number {
  let offset = 0;
  const lead = position.length - shape.length;
  for (const [axis, dim] of shape.entries()) offset = offset * dim + (dim === 1 ? 0 : position[lead + axis]!);
  return offset;
}

/** A reader of an input's elements by position (with broadcasting); undefined when they are not known. */
export function elementReader(input: Inferred | undefined): ((position: readonly number[]) => Dim) | undefined {
  const { shape, elements } = input ?? {};
  if (!elements || !isFixed(shape)) return undefined;
  return (position) => elements[offsetOf(shape, position)] ?? null;
}

/** The result of `compute` on inputs with known elements, broadcast to `shape`. Symbols stay where `compute` keeps them. */
export function elementwise(
  shape: readonly Dim[] | undefined,
  inputs: readonly (Inferred | undefined)[],
  compute: (...values: Dim[]) => Dim | undefined,
): readonly Dim[] | undefined {
  const readers = inputs.map(elementReader);
  if (!readers.every((reader) => reader !== undefined)) return undefined;
  return elementsBy(shape, (position) => compute(...readers.map((read) => read(position))));
}

/** Lifts a function of numbers: null as soon as one operand is not a plain number. */
export const onNumbers =
  (compute: (...values: number[]) => number) =>
  (...values: Dim[]): Dim =>
    values.every((value) => typeof value === 'number') ? compute(...(values as number[])) : null;

/**
 * A result as the type stores it: integers cut off toward zero, float32 and float16 rounded to float32; null for what an integer type
 * cannot hold (the runtime would wrap around, and nobody's shape depends on that).
 */
export function storedAs(type: DataType, value: Dim): Dim {
  if (typeof value !== 'number') return value;
  if (type === DataType.bool) return value === 0 ? 0 : 1;
  if (isFloatType(type)) return type === DataType.float64 ? value : Math.fround(value);
  const whole = Math.trunc(value) + 0;
  const [low, high] = integerRange(type);
  return whole >= low && whole <= high ? whole : null;
}

/** 64-bit types end at ±(2^53 - 1) here: beyond that doubles are not exact. */
function integerRange(type: DataType): readonly [low: number, high: number] {
  const bits = Math.min(dataTypeBits(type) ?? 64, 54);
  const signed = type === DataType.int8 || type === DataType.int16 || type === DataType.int32 || type === DataType.int64;
  if (bits === 54) return [signed ? Number.MIN_SAFE_INTEGER : 0, Number.MAX_SAFE_INTEGER];
  return signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}
