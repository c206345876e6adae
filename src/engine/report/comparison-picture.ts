import type { ComparedGroup, CostAxis } from '../../protocol/runs-comparison.ts';
import type { ScatterLayout } from '../../protocol/scatter.ts';
import { bytes, count, figure, plain } from './format.ts';
import { energyText } from './stages.ts';
import { layoutScatter, type ScatterRequest } from './scatter-layout.ts';

/** A cost as figures on an axis and in a table: "1.09 MB", "40.6 M", "3.12 ms". */
export const costText = ({ kind }: Pick<CostAxis, 'kind'>, value: number): string =>
  kind === 'bytes' ? bytes(value) : kind === 'count' ? count(value) : kind === 'joules' ? energyText(value) : `${plain(value)} ms`;

/** What is drawn of a group against a cost; points keep their places, those without this cost are not drawn. */
export function pictureOf({ points, fronts, unit }: ComparedGroup, axis: CostAxis): Omit<ScatterRequest, 'width' | 'height'> {
  return {
    points: points.map(({ name, costs, measured }) => ({
      name,
      x: costs[axis.id] ?? NaN,
      y: measured.value,
      interval: measured.confidence,
    })),
    front: (fronts[axis.id] ?? []).map((at) => ({ x: points[at]!.costs[axis.id]!, y: points[at]!.measured.value })),
    xText: (value) => costText(axis, value),
    yText: (value) => `${figure(value, unit)} ${unit}`.trim(),
  };
}

export const layoutPicture = (group: ComparedGroup, axis: CostAxis, width: number, height: number): ScatterLayout =>
  layoutScatter({ width, height, ...pictureOf(group, axis) });
