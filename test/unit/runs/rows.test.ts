import { describe, expect, it } from 'vitest';
import { recipeRows, type ListedRecipe } from '../../../src/extension/runs/recipe-rows.ts';
import { markdownText } from '../../../src/extension/runs/row.ts';
import { runRows, type ListedJob } from '../../../src/extension/runs/run-rows.ts';
import { whenText } from '../../../src/extension/runs/words.ts';
import { model, summary } from './summary.ts';

const now = new Date('2026-03-02T12:00:00Z');
const at = whenText('2026-03-02T10:00:00.000Z', now);
const job = (more: Partial<ListedJob> = {}): ListedJob => ({ id: 1, title: 'Compress net.onnx', fraction: 0.34, text: 'calibrate: 34 of 100 pictures', folder: undefined, ...more }); // prettier-ignore

describe('the list of runs', () => {
  it('has jobs of this window first, then what runs elsewhere, then the others, each once', () => {
    const runs = [
      summary({ folder: '/runs/a', name: 'a' }),
      summary({ folder: '/runs/b', name: 'b', status: 'running', models: [], metrics: undefined }),
      summary({ folder: '/runs/c', name: 'c', status: 'running', models: [], metrics: undefined }),
      summary({ folder: '/runs/d', name: 'd', status: 'unreadable', started: undefined, problem: 'not JSON', method: '', models: [] }),
    ];
    const rows = runRows(
      runs,
      [job({ folder: '/runs/c' }), job({ id: 2, title: 'Analyze net.onnx', fraction: undefined, text: 'waiting' })],
      now,
    );
    expect(rows.map(({ id, label }) => [id, label])).toEqual([
      ['job:1', 'Compress net.onnx'],
      ['job:2', 'Analyze net.onnx'],
      ['run:/runs/b', 'b'],
      ['run:/runs/a', 'a'],
      ['run:/runs/d', 'd'],
    ]);
    expect(rows[0]).toMatchObject({ description: '34 % ▰▰▱▱▱ · calibrate: 34 of 100 pictures', context: 'job folder', path: '/runs/c' });
    expect(rows[1]).toMatchObject({ description: 'waiting', context: 'job', icon: { name: 'watch' } });
  });

  it('says metric, size and time of a finished run, and what can be done with it', () => {
    const [row] = runRows([summary()], [], now);
    expect(row).toMatchObject({
      description: `top-1 91.3 % · 110 kB · ${at}`,
      context: 'run finished removable readable report models',
      open: { command: 'lathe.runs.openReport' },
      icon: { name: 'pass' },
    });
    expect(row!.children!().map(({ label, description }) => [label, description])).toEqual([
      ['net.onnx', 'before · 400 kB'],
      ['net_quantize.onnx', 'after · 110 kB'],
      ['Report', undefined],
      ['Recipe, as it was run', undefined],
      ['Log', undefined],
    ]);
  });

  it.each([
    ['failed', 'run failed resumable removable readable', 'error'],
    ['cancelled', 'run cancelled resumable removable readable', 'circle-slash'],
    ['interrupted', 'run interrupted resumable removable readable', 'debug-pause'],
    ['running', 'run running readable', 'loading~spin'],
    ['unreadable', 'run unreadable removable', 'question'],
  ] as const)('offers of a run that is %s what fits', (status, context, icon) => {
    const [row] = runRows([summary({ status, models: [], metrics: undefined })], [], now);
    expect(row).toMatchObject({ context, icon: { name: icon } });
    expect(row!.open).toBeUndefined();
  });

  it('has a tooltip with all figures before and after, and the reason of a failure', () => {
    const gate = { drop: 1, measured: 2.5, met: false };
    const latencyMs = { before: { median: 3.1, p90: 4 }, after: { median: 1.2, p90: 2 }, threads: 4 };
    const [finished, failed] = runRows(
      [summary({ gate, latencyMs, warnings: 1 }), summary({ folder: '/runs/two', status: 'failed', problem: 'no pictures <b>' })],
      [],
      now,
    );
    const text = finished!.tooltip!();
    for (const part of ['**one** — finished', 'took 1 min 5 s', 'weights 8', '| top\\-1 | 91\\.5 % | 91\\.3 % \\(95 % between 89\\.3 and 93\\.3, 1000 pictures\\) |', '| File | 400 kB | 110 kB |', '| MACs | 5 M | 5 M |', 'Latency \\(4 threads\\) | 3\\.1 ms | 1\\.2 ms', 'The limit is missed', '1 warning ', '/runs/one']) expect(text).toContain(part); // prettier-ignore
    expect(failed!.tooltip!()).toContain('no pictures &lt;b\\>');
    expect(finished!.icon.name).toBe('warning');
  });

  it('shows hostile names harmlessly', () => {
    const name = '\u202Egnp.exe\n[x](command:evil) `$(flame)`';
    const [row] = runRows([summary({ name })], [], now);
    expect(row!.label).toBe('\\u202egnp.exe\\u000a[x](command:evil) `$(flame)`');
    expect(row!.tooltip!()).not.toMatch(/\]\(command|[^\\]`|(?<!\\)\$\(flame/);
    expect(markdownText('| a\n# b <c>')).toBe('\\| a \\# b &lt;c\\>');
  });
});

it('shows the newest of many, and how many more there are', () => {
  const runs = Array.from({ length: 7 }, (_, i) =>
    summary({ folder: `/runs/${i}`, name: `${i}`, status: i === 6 ? 'running' : 'finished' }),
  );
  expect(runRows(runs, [], now, 3).map(({ label }) => label)).toEqual(['6', '0', '1', '2', '3 older runs…']);
  expect(runRows(runs, [], now, 6)).toHaveLength(7);
});

describe('the list of recipes', () => {
  const recipe = (place: string, more: Partial<ListedRecipe> = {}): ListedRecipe => ({
    file: `/projects/${place}`,
    place,
    target: 'cpu',
    problems: [],
    ...more,
  });

  it('says target, place and what the last run came to', () => {
    const runs = [summary({ recipe: '/projects/one.compress.yaml' }), summary({ recipe: '/projects/one.compress.yaml', metrics: undefined }), summary({ recipe: '/projects/sub/two.compress.yaml', status: 'failed' })]; // prettier-ignore
    const rows = recipeRows([recipe('sub/two.compress.yaml'), recipe('one.compress.yaml'), recipe('three.compress.json')], runs, now);
    expect(rows.map(({ label, description, context }) => [label, description, context])).toEqual([
      ['one', 'cpu · top-1 91.3 %', 'recipe runnable'],
      ['two', 'cpu · last run failed · sub', 'recipe runnable'],
      ['three', 'cpu', 'recipe runnable'],
    ]);
  });

  it('counts mistakes, names the first ones, and does not offer to run them', () => {
    const problems = [
      { severity: 'error', message: 'unknown key "wieghts"', line: 7 },
      { severity: 'warning', message: 'no step uses it', line: 3 },
    ] as const;
    const [broken, odd, unchecked] = recipeRows([recipe('a.compress.yaml', { problems }), recipe('b.compress.yaml', { problems: [problems[1]] }), recipe('c.compress.yaml', { problems: undefined })], [], now); // prettier-ignore
    expect(broken).toMatchObject({ description: 'cpu · 1 mistake', context: 'recipe', icon: { name: 'error' } });
    expect(broken!.tooltip!()).toContain('Line 7: unknown key "wieghts"');
    expect(odd).toMatchObject({ context: 'recipe runnable', icon: { name: 'warning' } });
    expect(unchecked!.tooltip!()).toContain('Not checked yet');
  });
});

it('times are short where they are near', () => {
  const local = (text: string): Date => new Date(text);
  expect(whenText('2026-03-02T09:05:00', local('2026-03-02T12:00:00'))).toBe('09:05');
  expect(whenText('2026-02-27T09:05:00', local('2026-03-02T12:00:00'))).toBe('Fri 09:05');
  expect(whenText('2026-01-07T09:05:00', local('2026-03-02T12:00:00'))).toBe('7 Jan 09:05');
  expect(whenText('2025-12-07T09:05:00', local('2026-03-02T12:00:00'))).toBe('7 Dec 2025 09:05');
  expect([whenText('soon', now), whenText(undefined, now)]).toEqual(['', '']);
});

it('keeps models of a step between', () => {
  const models = [model('input', 400), model('intermediate', 300, { path: '/runs/one/models/p.onnx' }), model('output', 100)];
  expect(runRows([summary({ models })], [], now)[0]!.children!().slice(0, 3).map(({ description }) => description)).toEqual(['before · 400 B', 'between · 300 B', 'after · 100 B']); // prettier-ignore
});
