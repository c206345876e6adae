import { Errors } from '@sinclair/typebox/errors';
import { Check } from '@sinclair/typebox/value';
import { overlayFile, type Overlay } from '../overlay.ts';
import { malformed, type Annotations, type NamedOverlay } from './named-overlay.ts';

/** `*.overlay.json`, checked against the published schema. */
export function readOverlayFile(value: Record<string, unknown>): Annotations | undefined {
  if (!('overlays' in value)) return undefined;
  if (!Check(overlayFile, value)) {
    const first = Errors(overlayFile, value).First();
    throw malformed(
      'overlay file',
      first ? `${first.path.slice(0, 200) || 'its root'}: ${first.message}` : 'it does not follow the schema',
    );
  }
  return {
    format: 'overlay file',
    models: value.models,
    overlays: value.overlays.map((overlay, place) => ({
      id: overlay.id,
      label: overlay.label,
      unit: overlay.unit,
      better: overlay.better,
      values: Object.entries(overlay.values),
      ...scaleOf(overlay, place),
    })),
  };
}

function scaleOf({ scale, better }: Overlay, place: number): Pick<NamedOverlay, 'thresholds' | 'gradient'> {
  if ('thresholds' in scale) {
    const { thresholds } = scale;
    if (thresholds.some((border, i) => i > 0 && !(border > thresholds[i - 1]!))) {
      throw malformed('overlay file', `/overlays/${place}/scale/thresholds: they must ascend`);
    }
    return { thresholds };
  }
  const [low, high] = [Math.min(...scale.gradient), Math.max(...scale.gradient)];
  return { thresholds: [], gradient: better === 'high' ? { worst: low, best: high, log: false } : { worst: high, best: low, log: false } };
}
