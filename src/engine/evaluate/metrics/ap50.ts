import { seededRandom } from '../../base/random.ts';
import type { Box, LoadedSample } from '../../data/types.ts';
import type { Detection } from '../decode/boxes.ts';
import { detect, detectionDefaults, matched } from '../decode/detect.ts';
import { bootstrap } from '../interval.ts';
import type { Metric } from '../metric.ts';

/** What one picture adds: labelled boxes by class, and its detections, best first. */
interface Row {
  /** Labelled boxes, by class. */
  readonly boxes: Readonly<Record<number, number>>;
  /** [class, score, hit at IoU 0.5, hit at the IoU of `match`], 1 or 0. */
  readonly detections: readonly (readonly [label: number, score: number, hit50: 0 | 1, hit: 0 | 1])[];
}

/** Precision and recall are drawn over detections down to this score, whatever `decode.score` says. */
const leastScore = 0.05;

/**
 * Average precision at IoU 0.5 (area under the precision envelope, PASCAL VOC 2010), mean over the classes that are labelled; beside it
 * boxes found, false and in all at `match.iou` and `decode.score`. The interval is a bootstrap over pictures.
 */
export const ap50: Metric<Row> = {
  name: 'ap50',
  summary: 'Average precision of the detections at an overlap of one half, mean over classes.',
  unit: '%',
  better: 'high',
  matters: 1,
  fits: ({ task, hasBoxes }) => hasBoxes && (task === 'detection' || task === 'none'),
  row(sample, outputs, setting) {
    const least = Math.min(leastScore, setting.decode?.score ?? detectionDefaults.score);
    const found = detect(sample, outputs, setting, least).map((box) => toPicture(box, sample));
    return rowOf(sample.boxes ?? [], found, setting.match?.iou ?? detectionDefaults.iou);
  },
  summarize(rows, setting) {
    const value = meanPrecision(rows);
    const score = setting.decode?.score ?? detectionDefaults.score;
    const counted = rows.flatMap(({ detections }) => detections).filter(([, one]) => one >= score);
    const found = counted.filter(([, , , hit]) => hit).length;
    const labels = labelsOf(rows);
    return {
      value: 100 * value,
      confidence: percent(bootstrap(rows.length, (positions) => meanPrecision(positions.map((i) => rows[i]!)), seededRandom(0, 'ap50'))),
      extra: {
        found,
        false: counted.length - found,
        total: labels.reduce((sum, label) => sum + boxesOf(rows, label), 0),
        iou: setting.match?.iou ?? detectionDefaults.iou,
        score,
        perClass: labels.map((label) => ({
          class: setting.classes?.[label] ?? label,
          value: 100 * precision(rows, label),
          boxes: boxesOf(rows, label),
        })),
      },
    };
  },
  difference(first, second) {
    const at = (positions: readonly number[]): number =>
      meanPrecision(positions.map((i) => first[i]!)) - meanPrecision(positions.map((i) => second[i]!));
    const all = first.map((_, i) => i);
    return { value: 100 * at(all), confidence: percent(bootstrap(first.length, at, seededRandom(0, 'ap50'))) };
  },
};

const percent = ([low, high]: readonly [number, number]): [number, number] => [100 * low, 100 * high];

const toPicture = (box: Detection, { geometry }: LoadedSample): Detection => ({
  ...box,
  x: (box.x - geometry.offsetX) / geometry.scaleX,
  y: (box.y - geometry.offsetY) / geometry.scaleY,
  width: box.width / geometry.scaleX,
  height: box.height / geometry.scaleY,
});

function rowOf(boxes: readonly Box[], detections: readonly Detection[], iou: number): Row {
  const [hits50, hits] = [matched(boxes, detections, 0.5), matched(boxes, detections, iou)];
  const counts: Record<number, number> = {};
  for (const { label } of boxes) counts[label] = (counts[label] ?? 0) + 1;
  return { boxes: counts, detections: detections.map(({ label, score }, i) => [label, score, hits50.has(i) ? 1 : 0, hits.has(i) ? 1 : 0]) };
}

const labelsOf = (rows: readonly Row[]): number[] =>
  [...new Set(rows.flatMap(({ boxes }) => Object.keys(boxes).map(Number)))].sort((a, b) => a - b);
const boxesOf = (rows: readonly Row[], label: number): number => rows.reduce((sum, { boxes }) => sum + (boxes[label] ?? 0), 0);

function meanPrecision(rows: readonly Row[]): number {
  const labels = labelsOf(rows);
  return labels.length === 0 ? 0 : labels.reduce((sum, label) => sum + precision(rows, label), 0) / labels.length;
}

function precision(rows: readonly Row[], label: number): number {
  const total = boxesOf(rows, label);
  const ordered = rows.flatMap(({ detections }) => detections.filter((detection) => detection[0] === label)).sort((a, b) => b[1] - a[1]);
  let hits = 0;
  const points = ordered.map(([, , hit], i) => {
    hits += hit;
    return { recall: hits / total, precision: hits / (i + 1) };
  });
  let area = 0;
  let envelope = 0;
  for (let i = points.length - 1; i >= 0; i--) {
    envelope = Math.max(envelope, points[i]!.precision);
    area += (points[i]!.recall - (points[i - 1]?.recall ?? 0)) * envelope;
  }
  // Sums of recall steps may end a few bits above 1.
  return Math.min(1, area);
}
