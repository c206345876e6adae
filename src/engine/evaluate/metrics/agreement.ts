import { LatheError } from '../../base/errors.ts';
import { pairedShares, wilson } from '../interval.ts';
import type { Metric } from '../metric.ts';
import { classScores, topClasses } from '../outputs.ts';

/** 1 when both models name the same class. */
type Row = 0 | 1;

/** Where there are no labels: how often the model says what the model compared with says. */
export const agreement: Metric<Row> = {
  name: 'agreement',
  summary: 'Share of pictures that get the class the other model gives them.',
  unit: '%',
  better: 'high',
  matters: 1,
  fits: ({ task, hasLabels, hasReference }) => hasReference && !hasLabels && (task === 'classification' || task === 'none'),
  row(_, outputs, __, reference) {
    if (!reference) throw new LatheError('evaluate.reference', 'agreement needs a model to agree with', { hint: 'Give --against MODEL.' });
    return topClasses(classScores(outputs), 1)[0] === topClasses(classScores(reference), 1)[0] ? 1 : 0;
  },
  summarize(rows) {
    const hits = rows.filter((row) => row === 1).length;
    const [low, high] = wilson(hits, rows.length);
    return { value: (100 * hits) / rows.length, confidence: [100 * low, 100 * high], extra: {} };
  },
  difference(first, second) {
    const gained = first.filter((row, i) => row > second[i]!).length;
    const lost = first.filter((row, i) => row < second[i]!).length;
    const { value, confidence } = pairedShares(gained, lost, first.length);
    return { value: 100 * value, confidence: [100 * confidence[0], 100 * confidence[1]] };
  },
};
