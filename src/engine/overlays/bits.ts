import type { LayerBits } from '../ops/measure/bits.ts';
import type { OverlayView } from '../../protocol/view.ts';
import type { OverlaySource, StaticOverlay } from './overlay.ts';

/** Bits of each layer's weights by the types in the graph. */
export const weightBits: StaticOverlay = {
  id: 'weight-bits',
  of: (source) =>
    bitsOverlay(source, 'weights', { id: 'weight-bits', label: 'Bits of weights', origin: 'Type of the largest weight of each layer' }),
};

/** Bits of what each layer reads. */
export const activationBits: StaticOverlay = {
  id: 'activation-bits',
  of: (source) =>
    bitsOverlay(source, 'activations', {
      id: 'activation-bits',
      label: 'Bits of activations',
      origin: 'Type of the widest activation that each layer reads',
    }),
};

function bitsOverlay(
  source: OverlaySource,
  side: keyof LayerBits,
  described: Pick<OverlayView, 'id' | 'label' | 'origin'>,
): OverlayView | undefined {
  const values = source.bits().flatMap((bits, index): [number, number][] => {
    const width = bits[side];
    return width === undefined ? [] : [[index, width]];
  });
  if (values.length === 0) return undefined;
  const widths = [...new Set(values.map(([, width]) => width))].sort((a, b) => b - a);
  const classes = widths.map((value) => ({ value, label: value === 1 ? '1 bit' : `${value} bits`, level: levelOfWidth(value) }));
  return { ...described, unit: 'bits', better: 'low', thresholds: [], classes, fold: 'worst', group: 'model', values };
}

/** 32 bits at the one end of the colours, 2 at the other, even in octaves. */
const levelOfWidth = (bits: number): number => Math.min(4, Math.max(0, 5 - Math.log2(bits)));
