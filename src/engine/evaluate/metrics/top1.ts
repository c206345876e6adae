import { LatheError } from '../../base/errors.ts';
import { pairedShares, wilson } from '../interval.ts';
import type { Metric } from '../metric.ts';
import { classScores, topClasses } from '../outputs.ts';

/** Rank of the right class from 0, or -1 when it is not among the best five; then the right class. */
type Row = readonly [rank: number, label: number];

const right = ([rank]: Row): boolean => rank === 0;
const count = (rows: readonly Row[], test: (row: Row) => boolean): number => rows.filter(test).length;

/** Per class figures are given up to this many classes. */
const mostClasses = 1000;

/** Top-1 accuracy, with top-5 and the accuracy of every class beside it. */
export const top1: Metric<Row> = {
  name: 'top1',
  summary: 'Share of pictures whose class has the highest score.',
  unit: '%',
  better: 'high',
  matters: 1,
  fits: ({ task, hasLabels }) => hasLabels && (task === 'classification' || task === 'none'),
  row(sample, outputs) {
    const scores = classScores(outputs);
    const { label } = sample;
    if (label === undefined) throw new LatheError('evaluate.labels', 'the picture has no label', { file: sample.id });
    return [topClasses(scores, 5).indexOf(label), label];
  },
  summarize(rows, { classes }) {
    const hits = count(rows, right);
    const byClass = new Map<number, Row[]>();
    for (const row of rows) byClass.set(row[1], [...(byClass.get(row[1]) ?? []), row]);
    const labels = [...byClass.keys()].sort((a, b) => a - b);
    const perClass = labels.map((label) => {
      const own = byClass.get(label)!;
      return { class: classes?.[label] ?? label, value: (100 * count(own, right)) / own.length, samples: own.length };
    });
    const [low, high] = wilson(hits, rows.length);
    return {
      value: (100 * hits) / rows.length,
      confidence: [100 * low, 100 * high],
      extra: {
        top5: (100 * count(rows, ([rank]) => rank >= 0)) / rows.length,
        ...(perClass.length <= mostClasses ? { perClass } : {}),
      },
    };
  },
  difference(first, second) {
    const gained = first.filter((row, i) => right(row) && !right(second[i]!)).length;
    const lost = first.filter((row, i) => !right(row) && right(second[i]!)).length;
    const { value, confidence } = pairedShares(gained, lost, first.length);
    return { value: 100 * value, confidence: [100 * confidence[0], 100 * confidence[1]] };
  },
};
