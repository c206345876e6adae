import type { Node } from '../../onnx/graph.ts';

/** Which scale, or zero point, of a DequantizeLinear belongs to an element: one for the tensor, one for each place along `axis`, or one for each block of it. */
export function scaleIndex(dims: readonly number[], scales: number, scaled: Node | undefined): (index: number) => number {
  if (scales === 1 || !scaled) return () => 0;
  const declared = scaled.int('axis', 1);
  const axis = declared < 0 ? declared + dims.length : declared;
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const depth = dims[axis] ?? 1;
  const size = scaled.int('block_size', 0) || 1;
  if (size === 1) return (index) => Math.floor(index / inner) % depth;
  const blocks = Math.ceil(depth / size);
  return (index) => {
    const [outer, along] = [Math.floor(index / (inner * depth)), Math.floor(index / inner) % depth];
    return (outer * blocks + Math.floor(along / size)) * inner + (index % inner);
  };
}
