import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildLathe, lathe, latheJson, root } from '../../support/lathe.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-cli-chain-'));
const pair = `version: 1
models:
  restore: { new: unet, classes: 3, input: [3, 32, 32], width: 0.125, stride: 2 }
  classify: { model: shapes/model.onnx, input: { from: restore, color: bgr } }
chain: [restore, classify]
data:
  input: { color: rgb, scale: 1/255, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }
  calibration: { path: shapes/pictures/train, count: 8 }
  test: { path: shapes/pictures/test, labels: folders, count: 12 }
steps:
  - quantize: { on: classify }
  - quantize: { on: restore, round: layer }
`;
const apart = pair.replace(/chain:.*\n/, '').replace(', input: { from: restore, color: bgr }', '');

beforeAll(() => {
  buildLathe();
  cpSync(path.join(root, 'samples/shapes'), path.join(folder, 'shapes'), { recursive: true });
  writeFileSync(path.join(folder, 'pair.compress.yaml'), pair);
  writeFileSync(path.join(folder, 'apart.compress.yaml'), apart);
});
afterAll(() => rmSync(folder, { recursive: true }));

const names = (list: unknown): string[] => (list as { name: string }[]).map(({ name }) => name);

describe('a recipe in place of a model is its chain as one', () => {
  it('for inspect', () => {
    const { document } = latheJson(['inspect', 'pair.compress.yaml'], { cwd: folder });
    expect(names(document['layers']).filter((name) => /^(restore|classify|seam):/.test(name))).toHaveLength(document['nodes'] as number);
    expect(names(document['outputs'])).toEqual(['scores']);
  });

  it('for evaluate, on the pictures of the recipe or others', () => {
    const own = latheJson(['evaluate', 'pair.compress.yaml', '--no-latency'], { cwd: folder }).document;
    expect(own).toMatchObject({ metric: 'top1', samples: 12 });
    const others = latheJson(
      ['evaluate', 'pair.compress.yaml', '--test', 'shapes/pictures/train', '--labels', 'folders', '--count', '7', '--no-latency'],
      {
        cwd: folder,
      },
    );
    expect(others.document).toMatchObject({ samples: 7 });
  });

  it('for compare, with what a run made of it', () => {
    expect(lathe(['run', 'pair.compress.yaml', '--quiet', '-o', 'small.onnx'], { cwd: folder }).code).toBe(0);
    const { document } = latheJson(['compare', 'pair.compress.yaml', 'small.onnx'], { cwd: folder });
    const [output] = document['outputs'] as { name: string; sqnrDb: number }[];
    expect(output!.name).toBe('scores');
    expect(output!.sqnrDb).toBeGreaterThan(5);
  });

  it('for analyze, whose options go before the recipe', () => {
    const options = ['--bits', '3', '--quantize', 'weights', '--no-cache', '--calibration', 'shapes/pictures/train', '--count', '4'];
    const { document } = latheJson(['analyze', 'pair.compress.yaml', ...options], { cwd: folder });
    const found = new Set(names(document['layers']).map((name) => name.split(':')[0]));
    expect(found).toEqual(new Set(['restore', 'classify']));
    const pruned = latheJson(['analyze', 'pair.compress.yaml', '--technique', 'prune', '--parts', '0.5'], { cwd: folder });
    expect(pruned.document).toMatchObject({ technique: 'prune' });
  });

  it('for compose and export, as a file', () => {
    const { document } = latheJson(['compose', 'pair.compress.yaml', '-o', 'whole.onnx'], { cwd: folder });
    expect(document['output']).toMatchObject({ path: path.join(folder, 'whole.onnx') });
    expect(lathe(['export', 'pair.compress.yaml', '--format', 'onnx', '-o', 'exported.onnx'], { cwd: folder }).code).toBe(0);
  });
});

it.each(['inspect', 'compose', 'evaluate', 'analyze'])('%s refuses models that stand alone, and says why', (command) => {
  const { code, stderr } = lathe([command, 'apart.compress.yaml'], { cwd: folder });
  expect(code).toBe(2);
  expect(stderr).toMatch(/several that stand alone|does not say which model/);
  expect(lathe([command, 'none.compress.yaml'], { cwd: folder }).stderr).toContain('there is no such file');
});
