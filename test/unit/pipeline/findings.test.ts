import { Check } from '@sinclair/typebox/value';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseExact, parseJson, toExactJson, toJson } from '../../../src/engine/base/json.ts';
import { overlayFile } from '../../../src/engine/pipeline/index.ts';
import { layerTable, overlayOf } from '../../../src/engine/pipeline/layer-table.ts';
import { nameMap, provenanceKeys, writeProvenance } from '../../../src/engine/pipeline/metadata.ts';
import { stepRunners } from '../../../src/engine/pipeline/steps/index.ts';
import { layerCosts } from '../../../src/engine/ops/cost.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { findStep } from '../../../src/engine/recipe/steps.ts';
import { buildModel } from '../../support/model-builder.ts';

const model = () =>
  buildModel({
    inputs: [{ name: 'x', shape: [1, 4] }],
    outputs: [{ name: 'y', shape: [1, 2] }],
    initializers: { w: Tensor.float32([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]) },
    nodes: [
      ['Identity', ['x'], ['i'], {}, { name: 'copy' }],
      ['Gemm', ['i', 'w'], ['g'], { transB: 1 }, { name: 'fc' }],
      ['Relu', ['g'], ['y'], {}, { name: '' }],
    ],
  });
const costs = () => {
  const built = model();
  return layerCosts(built, inferShapes(built));
};
const hash = 'a'.repeat(64);
const compared = {
  layers: [
    { a: 'fc', b: 'fc', op: 'Gemm', sqnrDb: 41.5, cosine: 1, maxAbs: 0.1, meanShift: 0 },
    { a: 'y', b: 'y', op: 'Relu', sqnrDb: null, equal: true as const, cosine: 1, maxAbs: 0, meanShift: 0 },
    { a: 'copy', b: 'copy', op: 'Identity', sqnrDb: -Infinity, cosine: 0, maxAbs: Infinity, meanShift: NaN },
  ],
  histograms: { fc: { low: 0, high: 1, a: [1, 2], b: [2, 1] } },
};
const done = [{ name: 'fc', op: 'Gemm', weights: { bits: 8 } }];
const rows = () => layerTable(costs(), done, [{ name: 'copy', reason: 'it computes nothing' }], compared);

describe('the table of layers', () => {
  it('has one row for each layer of the recipe’s model, with all that is known of it', () => {
    expect(rows().map(({ name }) => name)).toEqual(['copy', 'fc', 'y']);
    expect(rows()[1]).toMatchObject({
      op: 'Gemm',
      parameters: 8,
      macs: 8,
      weights: { bits: 8 },
      error: { sqnrDb: 41.5 },
      histogram: { high: 1 },
    });
    expect(rows()[0]).toMatchObject({ notQuantized: 'it computes nothing' });
  });

  it('becomes an overlay file that its published schema accepts', () => {
    const overlay = JSON.parse(toJson(overlayOf(rows(), hash, [hash]))) as unknown;
    expect(Check(overlayFile, overlay)).toBe(true);
    // A layer of which nothing finite is known is left out; one without error is null.
    expect(overlay).toMatchObject({
      overlays: [
        { id: 'sqnr', values: { fc: 41.5, y: null } },
        { id: 'weight-bits', values: { fc: 8 } },
      ],
    });
    expect(Check(overlayFile, { version: 1, models: [], overlays: [] })).toBe(false);
  });
});

describe('the overlays of a pruning', () => {
  it('say which part of its channels a layer has left, and do not speak of quantization', () => {
    const cut = [{ name: 'fc', op: 'Gemm', channels: { before: 8, after: 6 } }];
    const { overlays } = overlayOf(layerTable(costs(), cut, [], compared), hash, [hash]);
    expect(overlays.map(({ label }) => label)).toEqual(['Error of the output (SQNR)', 'Channels left by pruning']);
    expect(overlays[1]!.values).toEqual({ fc: 75 });
  });
});

describe('what a written model says of itself', () => {
  it('names layers that have another name or are gone', () => {
    const before = costs();
    const after = model();
    const identity = after.graph.nodeByLabel('copy');
    const relu = after.graph.nodeByLabel('y');
    if (!identity || !relu) throw new Error('the model has other layers');
    after.graph.replaceUses('i', 'x');
    after.graph.remove(identity);
    relu.name = 'activation';
    expect(nameMap(before, after)).toEqual({ copy: null, y: 'activation' });
    writeProvenance(after, { recipeHash: hash, schemes: ['static', 'dynamic'], names: nameMap(before, after) });
    expect(after.metadata.get(provenanceKeys.scheme)).toBe('static; dynamic');
    expect(after.metadata.get(provenanceKeys.recipeHash)).toBe(hash);
  });
});

describe('JSON', () => {
  const value = { sqnr: Infinity, low: -Infinity, mean: NaN, name: 'inf', list: [1, Infinity] };
  it('writes numbers that are not finite as words and reads them again, but in names', () => {
    expect(JSON.parse(toJson(value))).toEqual({ sqnr: 'inf', low: '-inf', mean: 'nan', name: 'inf', list: [1, 'inf'] });
    expect(parseJson(toJson(value))).toEqual(value);
  });
  it('keeps plain data exactly where only we read it', () => {
    expect(parseExact(toExactJson({ ...value, text: 'nan', nothing: null }))).toEqual({ ...value, text: 'nan', nothing: null });
  });
});

describe('steps', () => {
  it('are all in the list, and each is one that recipes know', () => {
    const files = readdirSync(path.resolve(import.meta.dirname, '../../../src/engine/pipeline/steps')).filter(
      (file) => file !== 'index.ts' && file !== 'step.ts',
    );
    expect(stepRunners.map(({ name }) => `${name}.ts`).sort()).toEqual(files.sort());
    for (const { name } of stepRunners) expect(findStep(name)).toBeDefined();
  });
});
