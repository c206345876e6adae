import { expect, it } from 'vitest';
import { summarizeRecord } from '../../../src/engine/pipeline/run-summary.ts';
import { renderComparison } from '../../../src/engine/report/comparison-html.ts';
import { compareRuns } from '../../../src/engine/report/comparison.ts';

const measured = (found: number) => ({
  metric: 'ap50',
  unit: '%',
  better: 'high',
  value: 97.5,
  samples: 9,
  confidence: [90, 100],
  boxes: { found, false: 1, total: 43 },
  splits: [{ split: '<b>test</b>', value: 100, samples: 5, confidence: [99, 100], boxes: { found: found - 18, false: 0, total: 25 } }],
});

const record = (ways: unknown) => ({
  state: 'finished',
  started: '2026-01-01T00:00:00Z',
  name: 'faces',
  recipe: {},
  result: { models: [], ways },
});

it('shows runs that compared ways, and nothing of others or of what is no way', () => {
  const ways = [{ title: 'float chain', packedBytes: 2000, metrics: measured(43) }, { title: 5 }, null, { title: '<i>jointly</i>', packedBytes: 1000, metrics: measured(42) }]; // prettier-ignore
  const summaries = [record(ways), record('none'), record(undefined)].map((one) => summarizeRecord('/runs/faces', one)!);
  const comparison = compareRuns(summaries);
  expect(comparison.ways).toEqual([
    {
      run: 0,
      samples: 9,
      columns: ['Way', expect.any(String), 'Boxes', '<b>test</b> (5)', 'Packed'],
      rows: [
        ['float chain', '97.5 %', expect.stringMatching(/^43 of 43/), expect.stringMatching(/^25 of 25/), '2.00 kB'],
        ['<i>jointly</i>', '97.5 %', expect.stringMatching(/^42 of 43/), expect.stringMatching(/^24 of 25/), '1.00 kB'],
      ],
    },
  ]);
  const page = renderComparison(comparison);
  expect(page).toContain('Alone and jointly: faces');
  expect(page).toContain('&lt;i&gt;jointly&lt;/i&gt;');
  expect(page).not.toContain('<i>jointly');
});
