import { gridWith } from '../grid.ts';
import { notSuch, type HeadReader } from './head.ts';
import { logOdds, partOf } from './log-odds.ts';
import { middleAndSize } from './rows.ts';
import { onlyTable } from './yolov8.ts';

/** Anchors of a cell: YOLOv5 and v7 have three, YOLOX one. */
const perCell = [3, 1, 2];

/** YOLOv5, v7 and decoded YOLOX: one output [batch, places, 5 + classes], centre and size in pixels, object score, class scores, all behind their sigmoid. */
export const yolov5: HeadReader = ({ site, algebra, size }) => {
  const file = site.model.path;
  const { name, shape } = onlyTable(site.outputs, 'yolov5', file);
  const [pictures, places, fields] = shape as [number, number, number];
  if (fields < 6 || fields > places) throw notSuch('yolov5', `the output is [${shape.join(', ')}], not [batch, places, 5 + classes]`, file);
  const grid = gridWith(places, size, perCell);
  if (!grid) throw notSuch('yolov5', `${places} places are those of no usual strides in a picture of ${size.width} x ${size.height}`, file);
  const part = (from: number, to: number): string => partOf(site, algebra, name, [from, to], 2);
  const asRows = (value: string, each: number): string => algebra.reshape(value, [pictures * places, each]);
  return {
    pictures,
    grid,
    classes: fields - 5,
    objects: asRows(logOdds(site, part(4, 5)), 1),
    scores: asRows(logOdds(site, part(5, fields)), fields - 5),
    boxes: asRows(part(0, 4), 4),
    corners: middleAndSize,
  };
};
