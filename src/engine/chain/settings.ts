import { number, pair, resolveResize } from '../data/input-settings.ts';
import type { Dim } from '../onnx/graph.ts';
import type { ResolvedSeam } from '../recipe/chain.ts';
import type { Seam } from './link.ts';

/** A seam as a recipe declares it, with what is not written. `shape`: what the model's input takes. Throws `data.input`. */
export function seamOf(input: string, { from, color, layout, ...declared }: ResolvedSeam, shape: readonly Dim[]): Seam {
  const [height, width] = layout === 'nhwc' ? [shape[1], shape[2]] : [shape[2], shape[3]];
  const size = (dim: Dim | undefined): number | null => (typeof dim === 'number' && dim > 0 ? dim : null);
  const list = (value: NonNullable<typeof declared.mean>, key: string): number[] => [value].flat().map((one) => number(one, key));
  return {
    from,
    ...(declared.resize ? { resize: resolveResize(declared.resize, { height: size(height), width: size(width) }, input) } : {}),
    ...(declared.crop === undefined ? {} : { crop: pair(declared.crop) }),
    ...(color === undefined ? {} : { color }),
    ...(layout === undefined ? {} : { layout }),
    ...(declared.scale === undefined ? {} : { scale: number(declared.scale, 'scale') }),
    ...(declared.mean === undefined ? {} : { mean: list(declared.mean, 'mean') }),
    ...(declared.std === undefined ? {} : { std: list(declared.std, 'std') }),
  };
}
