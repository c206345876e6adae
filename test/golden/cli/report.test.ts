import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildLathe, lathe, latheJson, root } from '../../support/lathe.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-report-'));
const here = { cwd: folder };
const runs: string[] = [];
const own = (run: string): string => readFileSync(path.join(run, 'report.html'), 'utf8');

beforeAll(() => {
  buildLathe();
  cpSync(path.join(root, 'samples/shapes'), path.join(folder, 'shapes'), { recursive: true });
  for (const weights of [8, 4]) {
    const { code, document, stderr } = latheJson(
      ['run', 'shapes/shapes.compress.yaml', '--set', `steps.0.quantize.weights=${weights}`],
      here,
    );
    expect(code, stderr).toBe(0);
    runs.push(document['run'] as string);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('lathe report RUN1 RUN2', () => {
  it('writes one HTML file beside the run folders: methods, targets, figures with intervals, a picture for each cost', () => {
    const before = runs.map(own);
    const { code, document, stderr } = latheJson(['report', ...runs], here);
    expect(code, stderr).toBe(0);
    const file = path.join(folder, 'lathe-runs/report.html');
    const text = readFileSync(file, 'utf8');
    expect(document).toMatchObject({ command: 'report', output: { path: file, bytes: Buffer.byteLength(text) }, warnings: [] });
    for (const part of ['quantize weights 8, activations 8', 'quantize weights 4, activations 8', 'Top-1 against file size', 'Top-1 against latency', '95 % between', '400 pictures']) expect(text).toContain(part); // prettier-ignore
    expect(text).not.toMatch(/<script|https?:/);
    expect(runs.map(own), 'the reports of the single runs stay').toEqual(before);
    latheJson(['report', ...runs, '-o', 'again.html'], here);
    expect(readFileSync(path.join(folder, 'again.html'), 'utf8')).toBe(text);
  });

  it('writes CSV where the file is named so, with the figures of the runs', () => {
    expect(lathe(['report', ...runs, '-o', 'runs.csv'], here).code).toBe(0);
    const [head, ...lines] = readFileSync(path.join(folder, 'runs.csv'), 'utf8').trim().split('\r\n');
    expect(head).toMatch(/^run,folder,status,started,model,method,target,metric,unit,samples,value_before,value,value_low_95,value_high_95,bytes_before,bytes,/); // prettier-ignore
    const { result } = JSON.parse(readFileSync(path.join(runs[1]!, 'run.json'), 'utf8')) as {
      result: { metrics: { after: { value: number } } };
    };
    expect(lines.map((line) => line.split(',')[1])).toEqual(runs);
    expect(lines[1]).toContain(`,top1,%,400,98.25,${result.metrics.after.value},`);
  });

  it('has what was measured on boards, in the report of the run, in that of several, as CSV and as JSON', () => {
    const measured = {
      target: 'cpu',
      host: 'board.local',
      run: runs[0],
      model: { path: '/m.onnx', bytes: 5000, macs: 1000, acceleratorMacs: null },
      steps: [],
      plan: [],
      latencyMs: { median: 3.5, p90: 4, runs: 50 },
      fps: [{ threads: 2, fps: 512 }],
      findings: [],
      warnings: [],
    };
    mkdirSync(path.join(runs[0]!, 'deploy'));
    writeFileSync(path.join(runs[0]!, 'deploy/cpu-board.local.json'), JSON.stringify(measured));
    expect(lathe(['report', runs[0]!, '-o', 'one.html'], here).code).toBe(0);
    const one = readFileSync(path.join(folder, 'one.html'), 'utf8');
    for (const part of ['From the float model to the board', 'cpu at board.local', '3.5 ms', '512 FPS']) expect(one).toContain(part);
    for (const name of ['boards.html', 'boards.csv', 'boards.json']) expect(lathe(['report', ...runs, '-o', name], here).code).toBe(0);
    expect(readFileSync(path.join(folder, 'boards.html'), 'utf8')).toContain('On boards');
    expect(readFileSync(path.join(folder, 'boards.csv'), 'utf8')).toContain(',cpu,board.local,');
    const { boards } = JSON.parse(readFileSync(path.join(folder, 'boards.json'), 'utf8')) as { boards: { rows: object[] } };
    expect(boards.rows).toMatchObject([{ run: 0, board: 'cpu at board.local', deployment: { latencyMs: { median: 3.5 } } }]);
  });

  it('keeps runs without figures in the table and warns; what is no run is refused', () => {
    const [stopped, broken] = ['stopped', 'broken'].map((name) => path.join(folder, 'lathe-runs', name)) as [string, string];
    for (const run of [stopped, broken]) mkdirSync(run);
    const record = JSON.parse(readFileSync(path.join(runs[0]!, 'run.json'), 'utf8')) as object;
    writeFileSync(path.join(stopped, 'run.json'), JSON.stringify({ ...record, state: 'cancelled', result: undefined }));
    writeFileSync(path.join(broken, 'run.json'), '{"state": "fini');
    const { code, document } = latheJson(['report', runs[0]!, stopped, broken, '-o', 'odd.html'], here);
    expect(code).toBe(0);
    expect(document['warnings']).toEqual(['1 run has not finished: no figures yet.', '1 run has no readable record.']);
    expect(readFileSync(path.join(folder, 'odd.html'), 'utf8')).toContain('run.json is not JSON');
    expect(latheJson(['report', runs[0]!, 'shapes'], here)).toMatchObject({ code: 2, document: { error: { code: 'run.missing' } } });
    expect(latheJson(['report', stopped], here)).toMatchObject({ code: 2, document: { error: { code: 'run.unfinished' } } });
    expect(existsSync(path.join(stopped, 'report.html'))).toBe(false);
  });
});
