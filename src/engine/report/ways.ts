import { boxesText, bytes } from '../../protocol/format.ts';
import type { ComparedWay } from '../../protocol/results/run.ts';
import { metricTitle, scoreText } from './format.ts';
import { html, type Html } from './html-text.ts';
import { table } from './table.ts';
import type { ReportData } from './types.ts';

/** The float chain, each of its models compressed alone, and all of them jointly: the same pictures, one table. */
export function waysSection({ result: { ways = [] } }: ReportData): Html {
  const [first] = ways;
  if (!first) return html``;
  const { metric, unit, samples, boxes } = first.metrics;
  const splits = (first.metrics.splits ?? []).map(({ split, samples: count }) => ({ split, count }));
  const splitText = (way: ComparedWay, name: string): string => {
    const found = way.metrics.splits?.find(({ split }) => split === name);
    return found ? (found.boxes ? boxesText(found.boxes) : scoreText(found.value, unit)) : '';
  };
  return html`<h2>Alone and jointly</h2>
    <p>Measured on the same ${samples} pictures, what is not named stays float.</p>
    ${table<ComparedWay>('Ways to compress the chain', ways, [
      { title: 'Way', kind: 'name', cell: ({ title }) => title },
      { title: metricTitle(metric), number: true, cell: ({ metrics }) => scoreText(metrics.value, unit) },
      ...(boxes ? [{ title: 'Boxes', cell: ({ metrics }: ComparedWay) => (metrics.boxes ? boxesText(metrics.boxes) : '') }] : []),
      ...splits.map(({ split, count }) => ({ title: `${split} (${count})`, cell: (way: ComparedWay) => splitText(way, split) })),
      { title: 'Packed', number: true, cell: ({ packedBytes }) => bytes(packedBytes) },
    ])}`;
}
