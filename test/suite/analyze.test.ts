import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { AnalyzeDocument } from '../../src/protocol/results/analyze.ts';
import { layerIndex } from '../../src/extension/overlays/views.ts';
import { tryNext } from '../../src/extension/runs/try-next.ts';
import { api, closeAll, next, textOf, until, workspaceFile } from './support.ts';

const recipe = `version: 1
model: shapes/model.onnx
data:
  input: { color: rgb, scale: 1/255, mean: 0.5, std: 0.25 }
  calibration: { path: shapes/pictures/train, labels: folders, count: 20 }
steps:
  - quantize: { weights: 4 } # mine
`;

describe('an analysis', () => {
  afterEach(closeAll);

  it('runs as a job, is kept with the workspace, and is told to views of the model', async () => {
    const { host } = await api();
    const model = workspaceFile('shapes', 'model.onnx');
    const request = { text: recipe, file: workspaceFile('a.compress.yaml').fsPath, runs: workspaceFile('lathe-runs').fsPath };
    const widths = [{ weights: 4, activations: 8 }];
    const document = await host.jobs.run('Analyze', {
      kind: 'analyze',
      recipe: request,
      method: 'tap',
      metric: 'sqnr',
      widths,
      samples: 4,
    });
    assert.ok('layers' in document);
    const told = next(host.overlays.onDidChange);
    await host.overlays.add(model, document as AnalyzeDocument, request);
    assert.equal((await told).model.toString(), model.toString());
    const layers = (document as AnalyzeDocument).layers.map(({ name }, index) => ({ name, index }));
    const [overlay] = await host.overlays.of(model, layerIndex(layers));
    assert.equal(overlay?.values.length, layers.length);
    assert.equal(overlay?.stale, undefined);
    const found = await host.overlays.analysis(model, overlay.id);
    assert.deepEqual(found?.widths, widths[0]);
  });
});

describe('what to try next', () => {
  afterEach(closeAll);

  it('is a recipe of its own: comments kept, layers added, paths right', async () => {
    const { host } = await api();
    const uri = workspaceFile('missed.compress.yaml');
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(recipe));
    await tryNext(host, uri, { text: '1 layer brings 90 % of the error', layers: [['/block1/conv/Conv', { weights: 8 }]] });
    const text = await until(() => textOf(workspaceFile('lathe-runs', 'missed-next.compress.yaml')));
    assert.match(text, /# mine/);
    assert.match(text, /# 1 layer brings 90 % of the error\./);
    assert.match(text, /\/block1\/conv\/Conv"?: \{ weights: 8 \}/);
    assert.match(text, /model: \.\.\/shapes\/model\.onnx/);
    assert.equal(await textOf(uri), recipe);
  });
});
