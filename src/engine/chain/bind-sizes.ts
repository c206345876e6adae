import type { Dim, Model, ValueInfo } from '../onnx/graph.ts';
import { inferShapes } from '../ops/infer.ts';

/** A value that a model takes, with the shape that the model says it has. */
export interface Entered {
  readonly value: string;
  readonly wanted: readonly Dim[];
}

/**
 * Where a model takes pictures of one size and those before it keep any, the whole takes that size. The batch is not looked at, nor a size
 * that two of them want differently.
 */
export function bindSizes(whole: Model, entered: readonly Entered[]): void {
  const { graph } = whole;
  const free = new Set(graph.inputs.flatMap(({ type }) => (type?.kind === 'tensor' ? (type.shape ?? []).slice(1) : [])));
  const shapes = inferShapes(whole);
  const sizes = new Map<string, Set<number>>();
  for (const { value, wanted } of entered) {
    const given = shapes.of(value)?.shape ?? [];
    if (given.length !== wanted.length) continue;
    for (const [at, size] of wanted.entries()) {
      const dim = given[at]!;
      if (at > 0 && typeof size === 'number' && typeof dim === 'string' && free.has(dim))
        sizes.set(dim, (sizes.get(dim) ?? new Set()).add(size));
    }
  }
  const bound = (dim: Dim): Dim => {
    const [size, ...others] = (typeof dim === 'string' ? sizes.get(dim) : undefined) ?? [];
    return size === undefined || others.length ? dim : size;
  };
  const fixed = (info: ValueInfo): ValueInfo =>
    info.type?.kind === 'tensor' && info.type.shape
      ? { ...info, type: { ...info.type, shape: info.type.shape.map((dim, at) => (at === 0 ? dim : bound(dim))) } }
      : info;
  graph.inputs = graph.inputs.map(fixed);
  graph.outputs = graph.outputs.map(fixed);
}
