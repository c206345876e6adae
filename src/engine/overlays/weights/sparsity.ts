import { placeAlong, type LayerWeight } from './layer-weight.ts';
import type { WeightOverlay } from './weight-overlay.ts';

/** Share of a layer's weights that are zero. */
export const sparsity: WeightOverlay = {
  id: 'sparsity',
  label: 'Sparsity',
  needs: 'reads the weights',
  async of(weight, slices) {
    if (weight.tensor.size === 0) return undefined;
    const isZero = zeroTest(weight);
    let zeros = 0;
    for await (const { start, values } of slices()) {
      for (let i = 0; i < values.length; i++) if (isZero(values[i]!, start + i)) zeros++;
    }
    return { value: (100 * zeros) / weight.tensor.size };
  },
  view: () => ({
    unit: '%',
    better: 'high',
    thresholds: [],
    gradient: { worst: 0, best: 100, log: false },
    fold: 'worst',
    origin: "Zeros among each layer's weights; of integers those that stand for zero",
  }),
};

/** Whether an element is zero: real zeros, or the integers that stand for them. */
export function zeroTest({ tensor, zeroPoints }: LayerWeight): (value: number, element: number) => boolean {
  if (!zeroPoints) return (value) => value === 0;
  const { values, axis } = zeroPoints;
  if (values.length === 1) return (value) => value === values[0];
  const place = placeAlong(tensor.dims, axis);
  return (value, element) => value === values[place(element)];
}
