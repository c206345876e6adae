import type { OverlayView } from '../../../protocol/view.ts';
import type { PruningSensitivityDocument, PruningSensitivityGroup } from '../../../protocol/results/prune.ts';

/** dB at which the colours change: below 10 the model is broken, above 40 hardly anything is lost. */
const borders: Readonly<Record<string, readonly number[]>> = { sqnr: [5, 10, 20, 30] };

type Figures = Pick<
  PruningSensitivityDocument,
  'measure' | 'metric' | 'unit' | 'better' | 'samples' | 'criterion' | 'groups' | 'suggestion'
>;

/** One overlay for each part that was removed, and one of the parts that are suggested. `places`: of layers by name. */
export function pruningOverlays(document: Figures, places: ReadonlyMap<string, number>): OverlayView[] {
  const { metric, measure, unit, better, samples, criterion, groups } = document;
  const origin = `one group at a time, channels by ${criterion}, ${samples} pictures`;
  const parts = [...new Set(groups.flatMap(({ points }) => points.map(({ asked }) => asked)))].sort((a, b) => a - b);
  const measured = parts.map((part): OverlayView => {
    const values = groups.flatMap((group) => {
      const point = group.points.find(({ asked }) => asked === part);
      return point ? onMakers(group, places, point.value) : [];
    });
    return {
      id: `pruning/${metric}/${part}`,
      label: `Without ${Math.round(100 * part)} % of the channels (${measure === 'sqnr' ? 'SQNR' : measure})`,
      unit,
      better,
      thresholds: [...(borders[metric] ?? [])],
      ...(borders[metric] ? {} : gradientOf(values, better)),
      fold: 'worst',
      values,
      origin,
    };
  });
  const suggested = groups.flatMap((group) => onMakers(group, places, 100 * group.suggested));
  return [
    ...measured,
    {
      id: 'pruning/suggested',
      label: 'Suggested pruning',
      unit: '%',
      better: 'high',
      thresholds: [],
      gradient: { worst: 0, best: 100, log: false },
      fold: 'worst',
      values: suggested,
      summary: `${Math.round(100 * document.suggestion.macs)} % of the multiply-adds left`,
      origin,
    },
  ];
}

const onMakers = (
  { makers }: PruningSensitivityGroup,
  places: ReadonlyMap<string, number>,
  value: number | null,
): [number, number | null][] =>
  makers.flatMap((name): [number, number | null][] => {
    const place = places.get(name);
    return place === undefined ? [] : [[place, value]];
  });

function gradientOf(values: readonly [number, number | null][], better: 'high' | 'low'): Pick<OverlayView, 'gradient'> {
  const finite = values.flatMap(([, value]) => (value !== null && Number.isFinite(value) ? [value] : []));
  const [low, high] = [finite.reduce((a, b) => Math.min(a, b), Infinity), finite.reduce((a, b) => Math.max(a, b), -Infinity)];
  if (finite.length === 0) return {};
  return { gradient: { worst: better === 'high' ? low : high, best: better === 'high' ? high : low, log: false } };
}
