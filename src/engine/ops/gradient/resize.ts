import { alongAxis, settled, unsupported } from './movement.ts';
import type { Backward, GradientRule } from './rule.ts';

/**
 * Resize is linear and works on each axis by itself: its gradient multiplies every axis with the transposed matrix of interpolation weights. The
 * weights follow ONNX Resize-19 (coordinate transformations, nearest and cubic rules, exclude_outside).
 */
const resize: GradientRule = (b) => {
  const dy = b.incoming();
  if (dy === undefined) return [];
  if (b.node.int('antialias', 0) !== 0) throw unsupported(b, 'antialias');
  const mode = b.node.string('coordinate_transformation_mode', 'half_pixel');
  if (mode === 'tf_crop_and_resize') throw unsupported(b, mode);
  const [from, to] = [b.inputShape(0), b.outputShape()];
  return [
    from.reduce((gradient, size, axis) => {
      const length = to[axis]!;
      const scale = scaleOf(b, axis);
      if (size === length && scale === 1) return gradient;
      const weights = Array.from({ length }, (_, place) => axisWeights(b, place, size, length, scale, mode));
      return alongAxis(b, gradient, axis, size, (row, column) => weights[column]!.get(row) ?? 0, length);
    }, dy),
  ];
};

/** The given scale, where scales are given: output sizes are rounded, the scale is not. */
function scaleOf(b: Backward, axis: number): number {
  const [from, to] = [b.inputShape(0)[axis]!, b.outputShape()[axis]!];
  const byScale = b.input(2) !== '' && b.inputShape(2)[0] !== 0;
  if (!byScale) return to / from;
  const tensor = b.constant(2);
  if (!tensor) return settled(b, 2, 'scales')[axis]!;
  const axes = b.node.ints('axes') ?? b.inputShape(0).map((_, i) => i);
  const place = axes.map((a) => (a < 0 ? a + b.inputShape(0).length : a)).indexOf(axis);
  return place < 0 ? 1 : Number(tensor.typed()[place]);
}

/** Where an output place lies on the input's axis. */
function coordinate(place: number, from: number, to: number, scale: number, mode: string): number {
  switch (mode) {
    case 'asymmetric':
      return place / scale;
    case 'align_corners':
      return to === 1 ? 0 : (place * (from - 1)) / (to - 1);
    case 'pytorch_half_pixel':
      return to > 1 ? (place + 0.5) / scale - 0.5 : 0;
    case 'half_pixel_symmetric': {
      const adjustment = to / (scale * from);
      return (from / 2) * (1 - adjustment) + (place + 0.5) / scale - 0.5;
    }
    default:
      return (place + 0.5) / scale - 0.5;
  }
}

function axisWeights(b: Backward, place: number, from: number, to: number, scale: number, mode: string): Map<number, number> {
  const x = coordinate(place, from, to, scale, mode);
  const weights = new Map<number, number>();
  const put = (at: number, weight: number): void => {
    const inside = Math.min(from - 1, Math.max(0, at));
    weights.set(inside, (weights.get(inside) ?? 0) + weight);
  };
  const interpolation = b.node.string('mode', 'nearest');
  if (interpolation === 'nearest') put(nearest(x, b.node.string('nearest_mode', 'round_prefer_floor')), 1);
  else if (interpolation === 'linear') {
    const clamped = Math.min(from - 1, Math.max(0, x));
    const low = Math.floor(clamped);
    put(low, 1 - (clamped - low));
    put(low + 1, clamped - low);
  } else cubic(x, b.node.float('cubic_coeff_a', -0.75), b.node.int('exclude_outside', 0) !== 0 ? from : undefined, put);
  return weights;
}

function nearest(x: number, mode: string): number {
  if (mode === 'floor') return Math.floor(x);
  if (mode === 'ceil') return Math.ceil(x);
  if (mode === 'round_prefer_ceil') return Math.floor(x + 0.5);
  return Math.ceil(x - 0.5);
}

/** Four neighbours (Keys 1981). `excluded`: size beyond which weights count as zero and the others are scaled up. */
function cubic(x: number, a: number, excluded: number | undefined, put: (at: number, weight: number) => void): void {
  const low = Math.floor(x);
  const weights = [-1, 0, 1, 2].map((step): [number, number] => {
    const distance = Math.abs(x - (low + step));
    const near = ((a + 2) * distance - (a + 3)) * distance * distance + 1;
    const far = ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
    return [low + step, distance <= 1 ? near : far];
  });
  const kept = excluded === undefined ? weights : weights.filter(([at]) => at >= 0 && at < excluded);
  const sum = kept.reduce((total, [, weight]) => total + weight, 0);
  for (const [at, weight] of kept) put(at, excluded === undefined ? weight : weight / sum);
}

export const resizeGradients: Readonly<Record<string, GradientRule>> = { Resize: resize };
