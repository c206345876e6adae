import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/engine/base/json.ts';
import { comparisonCsv } from '../../../src/engine/report/comparison-csv.ts';
import { renderComparison } from '../../../src/engine/report/comparison-html.ts';
import { comparisonJson } from '../../../src/engine/report/comparison-json.ts';
import { compareRuns } from '../../../src/engine/report/comparison.ts';
import { runRows } from '../../../src/extension/runs/run-rows.ts';
import type { Deployment } from '../../../src/protocol/deployments.ts';
import { measured, model, summary } from '../runs/summary.ts';
import { hostileName } from './data.ts';
import { checkNesting } from './nesting.ts';
import { onBoard } from './deployment.ts';

const run = (name: string, weights: number, deployments?: readonly Deployment[]) =>
  summary({
    folder: `/runs/${name}`,
    name,
    target: 'zcu104',
    method: `quantize weights ${weights}, activations 8`,
    models: [model('input', 400_000), model('output', 110_000)],
    metrics: { before: measured(92), after: measured(91, { simulated: 'zcu104' }) },
    ...(deployments ? { deployments } : {}),
  });
const onCpu: Deployment = {
  target: 'cpu',
  host: 'pi',
  fps: [{ threads: 4, fps: 40 }],
  latencyMs: { median: 30, p90: 31, runs: 5 },
  metrics: {},
};
const runs = [run('a', 8, [onBoard, onCpu]), run('b', 4, [{ ...onBoard, latencyMs: { median: 1.5, p90: 2, runs: 9 } }]), run('c', 2)];

describe('several runs on boards', () => {
  it('have a row for each run and board, stages apart', () => {
    const { rows, columns } = compareRuns(runs).boards!;
    expect(columns).toEqual([
      'Float model',
      'Result, not on the board',
      'Result on the board',
      'File size',
      'MACs on the accelerator',
      'Sub-graphs',
      'Latency',
      'Throughput',
      'Power',
      'Energy per picture',
      'Outputs as expected',
    ]);
    expect(rows.map(({ run: at, board, short }) => [at, board, short])).toEqual([
      [0, 'zcu104 at board.local', '91.0 %, 2.13 ms, 871 FPS, 4.02 mJ'],
      [0, 'cpu at pi', '30 ms, 40 FPS'],
      [1, 'zcu104 at board.local', '91.0 %, 1.5 ms, 871 FPS, 4.02 mJ'],
    ]);
    expect(rows[0]!.cells.slice(0, 3)).toEqual([
      { text: '92.0 %', note: '1000 pictures, 95 % between 90.0 and 94.0' },
      { text: '91.0 %', note: 'simulation of zcu104; 1000 pictures, 95 % between 89.0 and 93.0' },
      { text: '91.0 %', note: '1000 pictures, 95 % between 89.0 and 93.0' },
    ]);
    expect(rows[1]!.cells[2]).toEqual({ text: 'not measured', missing: true });
    for (const { cells } of rows) expect(cells).toHaveLength(columns.length);
  });

  it('are put into a table of methods by boards', () => {
    expect(compareRuns(runs).boards!.matrix).toEqual({
      methods: ['quantize weights 8, activations 8', 'quantize weights 4, activations 8'],
      boards: ['cpu at pi', 'zcu104 at board.local'],
      cells: [
        [[1], [0]],
        [[], [2]],
      ],
    });
    expect(compareRuns([runs[1]!]).boards!.matrix).toBeUndefined();
    expect(compareRuns([runs[2]!]).boards).toBeUndefined();
  });

  it('are drawn against what a picture takes on the board, with where that is', () => {
    const { axes, groups } = compareRuns(runs);
    const [latency, energy] = axes.filter(({ id }) => id.startsWith('board-'));
    expect(latency).toEqual({
      id: 'board-latency',
      title: 'Latency on the board',
      kind: 'milliseconds',
      note: 'median of single pictures, zcu104 at board.local, DPUCZDX8G_ISA1_B4096, 2 cores, 300 MHz',
    });
    expect(energy!.note).toMatch(/^joules per picture above idle/);
    expect(groups[0]!.points.map(({ costs }) => costs['board-latency'])).toEqual([undefined, 2.125, 1.5, undefined]);
    const apart = compareRuns([runs[0]!, run('d', 8, [onCpu])]).axes.find(({ id }) => id === 'board-latency')!;
    expect(apart.note).toBe('median of single pictures, on different boards: not to be compared');
  });

  it('the page has both tables, foreign names escaped', () => {
    const page = renderComparison(compareRuns([...runs, run('x', 1, [{ ...onBoard, host: hostileName, board: hostileName }])]));
    checkNesting(page);
    for (const text of ['On boards', 'Methods by boards', '4.02 mJ', 'Latency on the board']) expect(page).toContain(text);
    expect(page).not.toContain('<img');
    expect(renderComparison(compareRuns([runs[2]!]))).not.toContain('On boards');
  });

  it('the CSV file has a row for each run and board, and the same columns as before where there are none', () => {
    const [head, ...lines] = comparisonCsv(compareRuns(runs)).trimEnd().split('\r\n');
    const columns = head!.split(',');
    const cells = lines.map((line) =>
      Object.fromEntries(
        line
          .replace(/"[^"]*"/g, 'quoted')
          .split(',')
          .map((cell, i) => [columns[i], cell]),
      ),
    );
    expect(cells.map(({ run: name, board_target, board_latency_ms, board_fps, board_fps_threads, board_watts }) => [name, board_target, board_latency_ms, board_fps, board_fps_threads, board_watts])).toEqual([
      ['a', 'zcu104', '2.125', '871.25', '2', '17.25'],
      ['a', 'cpu', '30', '40', '4', ''],
      ['b', 'zcu104', '1.5', '871.25', '2', '17.25'],
      ['c', '', '', '', '', ''],
    ]); // prettier-ignore
    expect(cells[0]).toMatchObject({
      value: '91',
      board_value: '91',
      board_samples: '1000',
      board_accelerator_macs: '4990000',
      board_subgraphs: '3',
      board_joules_per_picture: '0.004017',
      board_output_elements_equal: '10000',
    });
    expect(comparisonCsv(compareRuns([runs[2]!]))).not.toContain('board_');
  });

  it('as JSON all figures are there', () => {
    const document = parseJson(comparisonJson(compareRuns(runs))) as { lathe: string; boards: { rows: { deployment: Deployment }[] } };
    expect(document.lathe).toMatch(/^\d+\.\d+/);
    expect(document.boards.rows.map(({ deployment }) => deployment)).toEqual([onBoard, onCpu, runs[1]!.deployments![0]]);
  });
});

describe('the list of runs', () => {
  const now = new Date('2026-03-02T12:00:00Z');

  it('says what a run came to on its boards', () => {
    const [a, b, c] = runRows(runs, [], now);
    expect(a!.description).toMatch(/^top-1 91\.0 % · 110 kB · on 2 boards · /);
    expect(b!.description).toMatch(/^top-1 91\.0 % · 110 kB · 1\.5 ms on zcu104 · /);
    expect(c!.description).toMatch(/^top-1 91\.0 % · 110 kB · \S* ?\d\d:\d\d$/);
    const boards = a!.children!().filter(({ context }) => context === 'part board');
    expect(boards.map(({ label, description }) => [label, description])).toEqual([
      ['zcu104 at board.local', 'top-1 91.0 % · 2.13 ms · 871 FPS · 4.02 mJ'],
      ['cpu at pi', '30 ms · 40 FPS'],
    ]);
  });

  it('tells simulated from measured in the tooltip', () => {
    const [a] = runRows([runs[0]!], [], now);
    const text = a!.tooltip!().replaceAll('\\', '');
    expect(text).toContain('| top-1 | 92.0 % | 91.0 % (simulated, 95 % between 89.0 and 93.0, 1000 pictures) |');
    expect(text).toContain('**zcu104 at board.local**');
    for (const row of [
      '| top-1 | 91.0 % (95 % between 89.0 and 93.0, 1000 pictures) |',
      '| MACs on the accelerator | 4.99 M of 5 M |',
      '| Throughput | 456 FPS with 1 thread, 871 FPS with 2 threads |',
      '| Power | 17.3 W, idle 13.8 W |',
      '| Outputs | as expected, all 10 k |',
    ])
      expect(text).toContain(row);
  });

  it('shows foreign names as text', () => {
    const [row] = runRows([run('x', 8, [{ ...onBoard, host: '<b>\u202e[x](y)', board: '|\n|' }])], [], now);
    expect(row!.children!().find(({ context }) => context === 'part board')!.label).toBe('zcu104 at <b>\\u202e[x](y)');
    expect(row!.tooltip!()).not.toMatch(/<b>|\]\(|\u202e/);
  });
});
