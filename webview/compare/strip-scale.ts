import type { OverlayView } from '../../src/protocol/view.ts';
import type { ShownOverlay } from '../overlays/overlay.ts';

/** Where figures stand between the lower and the upper end of the strip. */
export interface Scale {
  /** Figures with a line, ascending. */
  readonly ticks: readonly number[];
  /** 0 to 1. */
  at(value: number): number;
}

/** Beyond this many dB nobody sees a difference; what is better stands at the top. */
const mostDecibels = 60;

/** dB on an even axis from 0 (or the worst below it) to 60 at most; other figures from the least to the greatest. */
export function scaleOf({ unit, gradient }: OverlayView, values: readonly (number | null)[]): Scale {
  const finite = values.flatMap((value) => (value !== null && Number.isFinite(value) ? [value] : []));
  const [least, most] = [finite.reduce((x, y) => Math.min(x, y), Infinity), finite.reduce((x, y) => Math.max(x, y), -Infinity)];
  if (unit === 'dB') {
    const low = Math.max(-40, Math.min(0, Math.floor(least / 20) * 20));
    const high = Math.max(20, Math.min(mostDecibels, Math.ceil(most / 20) * 20));
    const ticks = Array.from({ length: (high - low) / 20 + 1 }, (_, i) => low + i * 20);
    return { ticks, at: (value) => clamp((value - low) / (high - low)) };
  }
  if (!(least < most)) return { ticks: finite.length ? [least] : [], at: () => 1 };
  const log = gradient?.log === true && least > 0;
  const to = log ? Math.log : Number;
  return { ticks: [least, most], at: (value) => clamp((to(value) - to(least)) / (to(most) - to(least))) };
}

const clamp = (share: number): number => (Number.isNaN(share) ? 0 : Math.min(1, Math.max(0, share)));

/** Layers that share a bar: places `from` to `to` (not included) among the measured ones, with the worst figure of them. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly value: number | null;
}

/** A bar for each layer; where there are more layers than pixels, for as many as share one. */
export function binned(measured: readonly number[], { view, values }: ShownOverlay, pixels: number): Bin[] {
  const bars = Math.min(measured.length, Math.max(1, pixels));
  return Array.from({ length: bars }, (_, bar) => {
    const [from, to] = [Math.floor((bar * measured.length) / bars), Math.floor(((bar + 1) * measured.length) / bars)];
    let value: number | null = null;
    for (let place = from; place < to; place++) {
      const next = values.get(measured[place]!) ?? null;
      if (next !== null && (value === null || Number.isNaN(next) || (view.better === 'high' ? next < value : next > value))) value = next;
    }
    return { from, to, value };
  });
}
