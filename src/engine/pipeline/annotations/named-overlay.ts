import { LatheError } from '../../base/errors.ts';
import type { OverlayView } from '../../../protocol/view.ts';

/** Figures of a file, by the names it uses: of nodes, or of the values they make. */
export interface NamedOverlay extends Pick<OverlayView, 'id' | 'label' | 'unit' | 'better' | 'thresholds' | 'gradient' | 'classes'> {
  readonly values: readonly (readonly [name: string, value: number | null])[];
}

/** What a file of annotations holds. */
export interface Annotations {
  /** "Netron attachment". */
  readonly format: string;
  /** sha256 of the model files that it names; empty where the format knows none. */
  readonly models: readonly string[];
  readonly overlays: readonly NamedOverlay[];
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** For a file of a known format with a mistake in it: "as a Netron attachment it has a mistake: metrics is no list". */
export const malformed = (format: string, what: string): LatheError =>
  new LatheError('overlay.malformed', `the ${format} has a mistake: ${what}`);

/** A scale for figures that come without one: decibels have known borders, what spans decades goes by the logarithm. */
export function scaleFor(figures: readonly number[], unit: string, better: 'high' | 'low'): Pick<NamedOverlay, 'thresholds' | 'gradient'> {
  if (unit === 'dB') return { thresholds: [10, 20, 30, 40] };
  const finite = figures.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  if (finite.length === 0) return { thresholds: [] };
  const [worst, best] = better === 'high' ? [low, high] : [high, low];
  return { thresholds: [], gradient: { worst, best, log: low > 0 && high / low > 1000 } };
}
