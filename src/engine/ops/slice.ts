import type { Dim, Node } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { InferenceContext, Inferred, OperatorRecord } from './record.ts';
import { elementReader, elementsBy } from './shape/elements.ts';
import { hasInput, normalAxes, numbersAt, shapeAt, shapeError, tensorOf, typeAt } from './shape/operand.ts';
import { movesElements } from './shape/roles.ts';

interface Cut {
  readonly axis: number;
  readonly start: Dim;
  readonly end: Dim;
  readonly step: number | null;
}

/** Ends that mean "to the very end" whatever the direction; INT64_MAX arrives here as the largest safe integer. */
const openEnds: readonly Dim[] = [2 ** 31 - 1, Number.MAX_SAFE_INTEGER];

/** First index and number of elements of start:end:step on an axis of `size`, clamped as ONNX Runtime does (slice_helper.h). */
function cutRange(size: number, start: number, end: number, step: number): { first: number; count: number } {
  const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value < 0 ? value + size : value, low), high);
  const first = step > 0 ? clamp(start, 0, size) : clamp(start, 0, Math.max(size - 1, 0));
  const last = openEnds.includes(end) ? (step > 0 ? size : -1) : clamp(end, step > 0 ? 0 : -1, size);
  return { first, count: Math.max(0, Math.ceil((last - first) / step)) };
}

/** Size of one cut axis. A full cut keeps a free dimension; others of a free axis are known only where start and end are near one end. */
function cutDim(node: Node, dim: Dim, { start, end, step }: Cut): Dim {
  if (step === 0) throw shapeError(node, 'has step 0');
  if (typeof dim === 'number' && typeof start === 'number' && typeof end === 'number' && step !== null) {
    return cutRange(dim, start, end, step).count;
  }
  const whole = start === 0 && step === 1 && openEnds.includes(end);
  if (whole || (start === 0 && step === 1 && end !== null && end === dim)) return dim;
  const sameEnd = step === 1 && typeof start === 'number' && typeof end === 'number' && start >= 0 && end <= start && end >= 0;
  return sameEnd ? 0 : null;
}

function inferSlice(context: InferenceContext, cuts: readonly Cut[] | undefined): (Inferred | undefined)[] {
  const input = shapeAt(context, 0);
  const type = typeAt(context, 0);
  if (!input || !cuts)
    return [
      tensorOf(
        type,
        input?.map(() => null),
      ),
    ];
  const byAxis = new Map(cuts.map((cut) => [cut.axis, cut]));
  const shape = input.map((dim, axis) => {
    const cut = byAxis.get(axis);
    return cut ? cutDim(context.node, dim, cut) : dim;
  });
  const read = elementReader(context.input(0));
  const elements =
    read &&
    elementsBy(shape, (position) => {
      const source = position.map((at, axis) => {
        const cut = byAxis.get(axis);
        if (!cut) return at;
        return cutRange(input[axis] as number, cut.start as number, cut.end as number, cut.step!).first + at * cut.step!;
      });
      return read(source);
    });
  return [tensorOf(type, shape, elements)];
}

function cutsFrom(
  context: InferenceContext,
  starts: readonly Dim[],
  ends: readonly Dim[],
  axes: readonly number[] | undefined,
  steps: readonly Dim[] | undefined,
): Cut[] | undefined {
  const { node } = context;
  const rank = shapeAt(context, 0)?.length;
  const named = axes ?? starts.map((_, axis) => axis);
  if (starts.length !== ends.length || named.length !== starts.length || (steps && steps.length !== starts.length)) {
    throw shapeError(
      node,
      `has ${starts.length} starts, ${ends.length} ends, ${named.length} axes and ${steps?.length ?? starts.length} steps`,
    );
  }
  if (rank === undefined) return undefined;
  return normalAxes(node, named, rank).map((axis, i) => {
    const step = steps ? steps[i]! : 1;
    return { axis, start: starts[i]!, end: ends[i]!, step: typeof step === 'number' ? step : null };
  });
}

/** How many elements a 1-D input has, and those of them that are known. */
function listAt(context: InferenceContext, index: number): readonly Dim[] | undefined {
  const input = context.input(index);
  if (input?.elements) return input.elements;
  const length = input?.shape?.[0];
  return typeof length === 'number' && length <= 64 ? Array<Dim>(length).fill(null) : undefined;
}

export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'Slice',
    since: 1,
    until: 9,
    summary: 'Cuts a block out of a tensor.',
    quantize: movesElements,
    infer(context) {
      const { node } = context;
      return inferSlice(context, cutsFrom(context, node.ints('starts') ?? [], node.ints('ends') ?? [], node.ints('axes'), undefined));
    },
  },
  {
    op: 'Slice',
    since: 10,
    summary: 'Cuts a block out of a tensor, with a step.',
    quantize: movesElements,
    infer(context) {
      const [starts, ends] = [listAt(context, 1), listAt(context, 2)];
      const axes = numbersAt(context, 3);
      const steps = hasInput(context, 4) ? listAt(context, 4) : undefined;
      const unknown = !starts || !ends || (hasInput(context, 3) && !axes) || (hasInput(context, 4) && !steps);
      return inferSlice(context, unknown ? undefined : cutsFrom(context, starts, ends, axes, steps));
    },
  },
]);
