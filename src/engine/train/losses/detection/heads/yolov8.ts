import type { LossValue } from '../../loss.ts';
import { gridWith } from '../grid.ts';
import { notSuch, type HeadReader } from './head.ts';
import { logOdds, partOf } from './log-odds.ts';
import { middleAndSize } from './rows.ts';

/** YOLOv8 and later: one output [batch, 4 + classes, places], centre and size in pixels, then class scores behind their sigmoid. */
export const yolov8: HeadReader = ({ site, algebra, size }) => {
  const file = site.model.path;
  const { name, shape } = onlyTable(site.outputs, 'yolov8', file);
  const [pictures, fields, places] = shape as [number, number, number];
  if (fields < 5 || fields > places) throw notSuch('yolov8', `the output is [${shape.join(', ')}], not [batch, 4 + classes, places]`, file);
  const grid = gridWith(places, size, [1]);
  if (!grid) throw notSuch('yolov8', `${places} places are those of no usual strides in a picture of ${size.width} x ${size.height}`, file);
  const classes = fields - 4;
  const asRows = (part: string, each: number): string =>
    algebra.reshape(site.emit('Transpose', [part], { perm: [0, 2, 1] }), [pictures * places, each]);
  return {
    pictures,
    grid,
    classes,
    scores: asRows(logOdds(site, partOf(site, algebra, name, [4, fields], 1)), classes),
    boxes: asRows(partOf(site, algebra, name, [0, 4], 1), 4),
    corners: middleAndSize,
  };
};

/** The one output of three dimensions. */
export function onlyTable(outputs: readonly LossValue[], kind: string, file: string | undefined): LossValue {
  const tables = outputs.filter(({ shape }) => shape.length === 3);
  if (tables.length === 1) return tables[0]!;
  throw notSuch(kind, `there are ${tables.length} outputs of three dimensions`, file);
}
