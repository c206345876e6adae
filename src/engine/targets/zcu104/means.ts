import { LatheError } from '../../base/errors.ts';
import { DataType } from '../../onnx/data-type.ts';
import type { Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import type { Shapes } from '../../ops/infer.ts';
import { windowOf, type Window } from '../../ops/shape/window.ts';
import { nearestReciprocal } from './arithmetic.ts';
import type { FloatBuilder } from './float-builder.ts';

/** Means as the vendor's cpu-runner makes them: the exact sum in float32, times the reciprocal of the count in double. */
export function globalMean(builder: FloatBuilder, node: Node, shapes: Shapes): void {
  const [value] = node.inputs as [string];
  const [result] = node.outputs as [string];
  const spatial = fixedShape(node, value, shapes).slice(2);
  builder.graph.remove(node);
  const axes = builder.constant(Tensor.int64([spatial.length], spatial.map((_, axis) => axis + 2))); // prettier-ignore
  const sum = builder.add('ReduceSum', [value, axes], { keepdims: 1 });
  timesReciprocal(builder, sum, builder.double(reciprocal(spatial)), result);
}

/** The same over windows: the sum is a depthwise convolution with ones. */
export function windowMean(builder: FloatBuilder, node: Node, shapes: Shapes): void {
  const [value] = node.inputs as [string];
  const [result] = node.outputs as [string];
  const input = fixedShape(node, value, shapes);
  const output = fixedShape(node, result, shapes).slice(2);
  const [, channels = 1, ...spatial] = input;
  const kernel = node.ints('kernel_shape') ?? [];
  const window = windowOf(node, kernel, spatial.length);
  const begin = spatial.map((size, axis) => padsBefore(window, size, output[axis]!, axis));
  const covered = output.map((size, axis) => (size - 1) * window.strides[axis]! + window.dilations[axis]! * (kernel[axis]! - 1) + 1);
  const declaredEnd = spatial.map((_, axis) => (window.autoPad === 'NOTSET' ? window.padsEnd[axis]! : 0));
  // With ceil_mode the last window reaches beyond the pads.
  const end = spatial.map((size, axis) => Math.max(declaredEnd[axis]!, covered[axis]! - size - begin[axis]!));
  const declared = spatial.map((size, axis) => size + begin[axis]! + (window.autoPad === 'NOTSET' ? declaredEnd[axis]! : end[axis]!));
  builder.graph.remove(node);
  const ones = builder.constant(
    Tensor.float32([channels, 1, ...kernel], new Float32Array(channels * kernel.reduce((a, b) => a * b, 1)).fill(1)),
  );
  const attributes = {
    kernel_shape: kernel,
    strides: [...window.strides],
    dilations: [...window.dilations],
    pads: [...begin, ...end],
    group: channels,
  };
  const sum = builder.add('Conv', [value, ones], attributes);
  const includePad = node.int('count_include_pad', 0) !== 0;
  const counts = output.map((size, axis) =>
    Array.from({ length: size }, (_, index) => {
      const [from, to] = includePad ? [0, declared[axis]!] : [begin[axis]!, begin[axis]! + spatial[axis]!];
      const places = Array.from({ length: kernel[axis]! }, (__, tap) => index * window.strides[axis]! + tap * window.dilations[axis]!);
      return places.filter((place) => place >= from && place < to).length;
    }),
  );
  timesReciprocal(builder, sum, reciprocals(builder, counts), result);
}

/** ReduceMean: unlike means over windows the vendor's has the DPU's approximation of 1/n inside, one for each axis. */
export function reducedMean(builder: FloatBuilder, node: Node, shapes: Shapes): void {
  const { graph } = builder;
  const [value, axesName = ''] = node.inputs as [string, string?];
  const [result] = node.outputs as [string];
  const shape = fixedShape(node, value, shapes);
  const axes = node.ints('axes') ?? graph.constant(axesName)?.toIntegers() ?? shape.map((_, axis) => axis);
  graph.remove(node);
  const sum = builder.add('ReduceSum', [value, builder.constant(Tensor.int64([axes.length], axes))], { keepdims: node.int('keepdims', 1) });
  const share = axes.reduce((product, axis) => product * nearestReciprocal(shape[(axis + shape.length) % shape.length]!), 1);
  timesReciprocal(builder, sum, builder.double(share), result);
}

function timesReciprocal(builder: FloatBuilder, sum: string, share: string, result: string): void {
  const wide = builder.add('Cast', [sum], { to: DataType.float64 });
  builder.add('Cast', [builder.add('Mul', [wide, share])], { to: DataType.float32 }, result);
}

/** 1 / w / h: the order of the divisions is the vendor's. */
const reciprocal = (counts: readonly number[]): number => counts.reduceRight((share, count) => (count > 0 ? share / count : 0), 1);

/** One number where all windows hold as many elements, else one for each place of the output. */
function reciprocals(builder: FloatBuilder, counts: readonly (readonly number[])[]): string {
  if (counts.every((along) => along.every((count) => count === along[0])))
    return builder.double(reciprocal(counts.map((along) => along[0] ?? 0)));
  let places: number[][] = [[]];
  for (const along of counts) places = places.flatMap((place) => along.map((count) => [...place, count]));
  const dims = [1, 1, ...counts.map((along) => along.length)];
  return builder.constant(Tensor.of(DataType.float64, dims, Float64Array.from(places, reciprocal)));
}

function padsBefore(window: Window, input: number, output: number, axis: number): number {
  if (window.autoPad === 'NOTSET') return window.padsBegin[axis]!;
  if (window.autoPad === 'VALID') return 0;
  const covered = (output - 1) * window.strides[axis]! + window.dilations[axis]! * ((window.kernel[axis] as number) - 1) + 1;
  const both = Math.max(0, covered - input);
  return window.autoPad === 'SAME_UPPER' ? Math.floor(both / 2) : Math.ceil(both / 2);
}

function fixedShape(node: Node, value: string, shapes: Shapes): number[] {
  const shape = shapes.of(value)?.shape;
  const fixed = shape?.filter((dim, axis): dim is number => typeof dim === 'number' || axis === 0);
  if (shape && fixed?.length === shape.length) return fixed;
  throw new LatheError('zcu104.shape', 'the size of what it averages is not known, and the DPU multiplies by its reciprocal', {
    node: node.label,
    hint: 'Export the model with fixed height and width.',
  });
}
