import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkedDeployment, readDeployments } from '../../../src/engine/pipeline/deploy/read-deployments.ts';
import { renderReport } from '../../../src/engine/report/html.ts';
import { stageTable } from '../../../src/engine/report/stages.ts';
import type { Deployment } from '../../../src/protocol/deployments.ts';
import { measured, model, summary } from '../runs/summary.ts';
import { onBoard } from './deployment.ts';
import { hostileName, reportData } from './data.ts';

const simulatedRun = summary({
  target: 'zcu104',
  metrics: { before: measured(92), after: measured(91, { simulated: 'zcu104' }) },
  latencyMs: { before: { median: 12, p90: 13.5 }, after: { median: 9, p90: 9.5 }, threads: 2 },
  machine: 'AMD EPYC',
});

/** "figure | note" of each cell. */
const texts = (run: typeof simulatedRun, boards: readonly Deployment[]): Record<string, string[]> =>
  Object.fromEntries(
    stageTable(run, boards)!.rows.map(({ title, cells }) => [
      title,
      cells.map(({ text, note }) => [text, note].filter(Boolean).join(' | ')),
    ]),
  );

describe('the stages of a model', () => {
  it('are nothing where the result was on no board', () => expect(stageTable(simulatedRun, [])).toBeUndefined());

  it('stand side by side with what each figure was measured on', () => {
    expect(texts(simulatedRun, [onBoard])).toEqual({
      'Top-1': [
        '92.0 % | 1000 pictures, 95 % between 90.0 and 94.0',
        '91.0 % | 1000 pictures, 95 % between 89.0 and 93.0',
        '91.0 % | 1000 pictures, 95 % between 89.0 and 93.0',
      ],
      'File size': ['400 kB | ONNX file', '110 kB | ONNX file', '123 kB | the file that runs there'],
      'MACs on the accelerator': ['– | 5.00 M in all', '– | 5.00 M in all', '99.8 % | 4.99 M of 5.00 M'],
      'Sub-graphs': ['–', '–', '1 | on the accelerator, 3 in all'],
      Latency: [
        '12 ms | median; 90 % within 13.5 ms; 2 threads, AMD EPYC',
        'not measured | a simulation has no speed of its own',
        '2.13 ms | median; 90 % within 2.25 ms; one picture at a time',
      ],
      Throughput: ['not measured', 'not measured', '871 FPS | with 2 threads; 456 with 1 thread'],
      Power: ['not measured', 'not measured', '17.3 W | idle 13.8 W; the whole board at 12 V'],
      'Energy per picture': ['not measured', 'not measured', '4.02 mJ | above idle, 2 threads'],
      'Outputs as expected': ['–', '–', 'all equal | as simulated; 1000 pictures, 10.0 k elements'],
    });
    expect(stageTable(simulatedRun, [onBoard])!.stages).toEqual([
      { kind: 'float', title: 'Float model', note: 'net.onnx' },
      { kind: 'simulated', title: 'Simulation of zcu104', note: 'its arithmetic bit for bit, on this machine' },
      { kind: 'board', title: 'zcu104 at board.local', note: 'DPUCZDX8G_ISA1_B4096, 2 cores, 300 MHz; measured 2026-11-22' },
    ]);
  });

  it('what a processor of this machine computes is no simulation, and its time is told', () => {
    const run = summary({ latencyMs: { before: { median: 12, p90: 13 }, after: { median: 9, p90: 10 }, threads: 1 } });
    const table = stageTable(run, [{ target: 'cpu', host: 'pi', fps: [], metrics: {}, latencyMs: { median: 30, p90: 31, runs: 5 } }])!;
    expect(table.stages.map(({ kind, title }) => [kind, title])).toEqual([
      ['float', 'Float model'],
      ['here', 'Result on this machine'],
      ['board', 'cpu at pi'],
    ]);
    expect(table.rows.find(({ title }) => title === 'Latency')!.cells.map(({ text }) => text)).toEqual(['12 ms', '9 ms', '30 ms']);
  });

  it('a simulation of another board is not what a processor was expected to reach', () => {
    const metrics = { float: measured(92), simulated: measured(90.5), board: measured(90.5) };
    const table = stageTable(simulatedRun, [{ ...onBoard, target: 'cpu', host: 'pi', metrics }])!;
    expect(table.stages[1]).toEqual({ kind: 'here', title: 'Result on this machine', note: 'by ONNX Runtime' });
    expect(table.rows[0]!.cells.map(({ text }) => text)).toEqual(['92.0 %', '90.5 %', '90.5 %']);
    expect(table.rows.at(-1)!.cells[2]!.note).toBe('as ONNX Runtime here; 1000 pictures, 10.0 k elements');
  });

  it('says of each cell that was not measured that it was not', () => {
    const bare: Deployment = { target: 'zcu104', host: 'b', fps: [{ threads: 1, fps: 10 }], metrics: {} };
    const run = summary({ metrics: undefined, models: [model('input', 10), model('output', 5, { macs: null })] });
    const all = stageTable(run, [bare])!.rows.map(({ title, cells }) => [
      title,
      ...cells.map(({ text, missing }) => `${missing ? '*' : ''}${text}`),
    ]);
    expect(all).toEqual([
      ['Metric', '*not measured', '*not measured', '*not measured'],
      ['File size', '10.0 B', '5.00 B', '*not known'],
      ['MACs on the accelerator', '*–', '*not known', '*not known'],
      ['Sub-graphs', '*–', '*–', '*not known'],
      ['Latency', '*not measured', '*not measured', '*not measured'],
      ['Throughput', '*not measured', '*not measured', '10 FPS'],
      ['Power', '*not measured', '*not measured', '*not measured'],
      ['Energy per picture', '*not measured', '*not measured', '*not measured'],
      ['Outputs as expected', '*–', '*–', '*not compared'],
    ]);
  });

  it('tells fewer pictures with the figures of both models on the same ones', () => {
    const few = { samples: 50 };
    const metrics = { float: measured(94, few), simulated: measured(92, { ...few, simulated: 'zcu104' }), board: measured(90, few) };
    expect(texts(simulatedRun, [{ ...onBoard, metrics }])['Top-1']![2]).toBe(
      '90.0 % | 50 pictures, 95 % between 88.0 and 92.0; on the same pictures float 94.0 %, simulated 92.0 %',
    );
  });

  it('says that a processor has no accelerator', () =>
    expect(texts(simulatedRun, [{ ...onBoard, acceleratorMacs: 0 }])['MACs on the accelerator']![2]).toBe('none | all 5.00 M on the CPU'));

  it('never rounds up to all outputs', () => {
    const outputsMatch = { pictures: 10, elements: 10_000_000, equal: 9_999_999, maxAbs: 0.0625, maxSteps: 1 };
    expect(texts(simulatedRun, [{ ...onBoard, outputsMatch }])['Outputs as expected']![2]).toBe(
      '99.999 % equal | as simulated; 10 pictures, 10.0 M elements; largest difference 0.0625, 1 step',
    );
  });

  it('stand in the report, foreign names escaped', () => {
    const page = renderReport(reportData({ deployments: [{ ...onBoard, host: hostileName, board: hostileName }] }));
    expect(page).toContain('From the float model to the board');
    expect(page).toContain('871 FPS');
    expect(page).not.toContain('<img');
    expect(page).toContain('zcu104 at &lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;\\u202egnp.exe');
    expect(renderReport(reportData())).not.toContain('to the board');
  });
});

describe('files of a run about boards', () => {
  const document = {
    target: 'zcu104',
    host: 'board.local',
    run: '/runs/one',
    model: { path: '/m.xmodel', bytes: 123_456, macs: 5_000_000, acceleratorMacs: 4_990_000, subgraphs: { total: 3, accelerator: 1 } },
    steps: [],
    plan: [],
    latencyMs: { median: 2.125, p90: 2.25, runs: 100 },
    fps: onBoard.fps,
    power: onBoard.power,
    metrics: { ...onBoard.metrics, board: { ...measured(91), extra: { top5: 99 } } },
    outputsMatch: onBoard.outputsMatch,
    board: onBoard.board,
    measured: onBoard.measured,
    findings: [],
    warnings: [],
  };

  it('are read as they were written', () => expect(checkedDeployment(JSON.parse(JSON.stringify(document)))).toEqual([onBoard]));

  it.each<[string, unknown]>([
    ['a plan', { ...document, latencyMs: undefined, fps: undefined, power: undefined, metrics: undefined, outputsMatch: undefined }],
    ['no host', { ...document, host: null }],
    ['no object', 7],
    ['nothing', null],
    ['a list', [document]],
  ])('%s is none', (_, value) => expect(checkedDeployment(value)).toEqual([]));

  it.each<[string, object, keyof Deployment]>([
    ['a negative time', { latencyMs: { median: -1, p90: 2, runs: 3 } }, 'latencyMs'],
    ['watts as text', { power: { watts: '17', idleWatts: 13, source: '' } }, 'power'],
    ['more equal than there are', { outputsMatch: { pictures: 1, elements: 5, equal: 6, maxAbs: 0 } }, 'outputsMatch'],
    ['sub-graphs without a number', { model: { subgraphs: { total: 3 } } }, 'subgraphs'],
  ])('%s is left out', (_, change, key) => {
    const [read] = checkedDeployment({ ...document, ...change });
    expect(read).not.toHaveProperty(key);
    expect(read!.metrics.board!.value).toBe(91);
  });

  it('a difference may be infinite', () => {
    const outputsMatch = { pictures: 1, elements: 5, equal: 4, maxAbs: Infinity };
    expect(checkedDeployment({ ...document, outputsMatch })[0]!.outputsMatch).toEqual(outputsMatch);
  });

  it('texts are cut', () => expect(checkedDeployment({ ...document, host: 'x'.repeat(1e6) })[0]!.host.length).toBe(400));

  it('are read from their folder, damaged ones left out', async () => {
    const run = await mkdtemp(path.join(tmpdir(), 'lathe-stages-'));
    try {
      expect(await readDeployments(run)).toEqual([]);
      await mkdir(path.join(run, 'deploy'));
      await writeFile(path.join(run, 'deploy/b.json'), '{"target":');
      await writeFile(path.join(run, 'deploy/a.json'), JSON.stringify(document));
      await writeFile(path.join(run, 'deploy/notes.txt'), 'mine');
      expect(await readDeployments(run)).toEqual([onBoard]);
    } finally {
      await rm(run, { recursive: true });
    }
  });
});
