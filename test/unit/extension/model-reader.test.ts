import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { ModelReader } from '../../../src/extension/editor/model-view.ts';
import { layerOrigin, originRun } from '../../../src/extension/editor/run-origin.ts';
import { answerWeights } from '../../../src/extension/editor/weights-reader.ts';
import { Channel } from '../../../src/protocol/transport.ts';
import { modelMessages } from '../../../src/protocol/webview.ts';
import { buildGraph, buildModel } from '../../support/model-builder.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-reader-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A convolution with quantized weights, and a branch each of which has its own. */
function reader(): ModelReader {
  const weights = Tensor.float32(
    [2, 1, 3, 3],
    new Float32Array(18).map((_, i) => i - 9),
  );
  const branch = (name: string): ReturnType<typeof buildGraph> =>
    buildGraph({
      outputs: [`${name}_out`],
      initializers: { [`${name}_w`]: weights },
      nodes: [['Conv', ['d', `${name}_w`], [`${name}_out`], { kernel_shape: [3, 3], group: 2 }, { name: `/${name}/Conv` }]],
    });
  const model = buildModel({
    inputs: [
      { name: 'x', shape: [1, 2, 8, 8] },
      { name: 'c', type: 'bool', shape: [] },
    ],
    outputs: ['y'],
    initializers: { q: Tensor.of(DataType.int8, [2, 1, 3, 3], new Int8Array(18).fill(4)), s: Tensor.float32([2], [0.5, 2]) },
    nodes: [
      ['DequantizeLinear', ['q', 's'], ['w'], { axis: 0 }, { name: 'dq' }],
      ['Conv', ['x', 'w'], ['d'], { kernel_shape: [3, 3], group: 2 }, { name: '/first/Conv' }],
      ['If', ['c'], ['y'], { then_branch: branch('yes'), else_branch: branch('no') }, { name: '/if' }],
    ],
  });
  return new ModelReader(model, { name: 'm.onnx', bytes: 1 });
}

const reading = { signal: new AbortController().signal, progress: () => undefined, pause: async () => undefined };

describe('details of nodes', () => {
  it('are there for every operator that is drawn, inside of others too', () => {
    const model = reader();
    const { nodes } = model.drawable();
    expect(model.view().layers.length).toBe(3);
    nodes.forEach(({ kind, name }, id) => {
      if (kind === 'operator') expect(model.detail(id).name).toBe(name);
      else expect(() => model.detail(id)).toThrow(RangeError);
    });
  });

  it('link to who makes and who reads, constants that are drawn into their reader included', () => {
    const model = reader();
    const conv = model.detail(1);
    expect(conv.about).toContain('onvolution');
    expect(conv.inputs.map(({ role, links }) => [role, links!.map(({ node }) => model.drawable().nodes[node]!.title)])).toEqual([
      ['data', ['x']],
      ['weights', ['DequantizeLinear']],
    ]);
    expect(conv.outputs[0]!.links!.map(({ op }) => op)).toEqual(['If', 'Conv', 'Conv']);
    expect(model.detail(2).inputs[0]!.links!.map(({ name }) => name)).toEqual(['c']);
    expect(model.detail(0).outputs[0]!.links!.map(({ name }) => name)).toEqual(['/first/Conv']);
  });

  it('explain attributes and what holds for those that are missing', () => {
    const { attributes } = reader().detail(1);
    expect(attributes.find(({ name }) => name === 'group')).toMatchObject({ value: '2', meaning: expect.stringContaining('groups') });
    expect(attributes.find(({ name }) => name === 'strides')).toMatchObject({ value: '1', byDefault: true });
    expect(attributes.filter(({ name }) => name === 'kernel_shape').length).toBe(1);
  });

  it('look into weights by layer and input, inside of branches too', async () => {
    const model = reader();
    const outer = await model.weights({ node: 1, input: 1 }, reading);
    expect([outer.type, outer.low, outer.high, outer.quantization?.granularity]).toEqual(['int8', 2, 8, 'channel']);
    const inner = model.drawable().nodes.findIndex(({ name }) => name === '/no/Conv');
    expect(await model.weights({ node: inner, input: 1 }, reading)).toMatchObject({ type: 'float32', low: -9, high: 8 });
    await expect(model.weights({ node: 1, input: 0 }, reading)).rejects.toThrow('no stored numbers');
    await expect(model.weights({ node: 1, input: 99 }, reading)).rejects.toThrow('no stored numbers');
    await expect(model.weights({ node: 99, input: 0 }, reading)).rejects.toThrow(RangeError);
  });
});

describe('questions about weights', () => {
  it('are answered one at a time: a new one ends the one before', async () => {
    const ends: Channel[] = [];
    const [view, host] = [1, 0].map(
      (other, i) => (ends[i] = new Channel((message) => setImmediate(() => ends[other]!.receive(message)))),
    ) as [Channel, Channel];
    const model = reader();
    answerWeights(host, { reader: async () => model, original: async () => undefined });
    const place = { node: 1, input: 1 };
    const [first, second] = await Promise.allSettled([view.ask(modelMessages.weights, place), view.ask(modelMessages.weights, place)]);
    expect(first.status).toBe('rejected');
    expect(second.status).toBe('fulfilled');
    await expect(view.ask(modelMessages.rounded, { ...place, against: 'original' })).rejects.toThrow('not there any more');
    const kernels = await view.ask(modelMessages.kernels, { ...place, firstRow: 1, firstCell: 0 });
    expect(kernels).toMatchObject({ rows: 2, cells: 1, height: 3, width: 3 });
  });
});

describe('what a run did to a layer', () => {
  const run = path.join(folder, 'a-run');
  const write = (layers: unknown): void => {
    mkdirSync(path.join(run, 'models'), { recursive: true });
    const settings = { calibrate: 'mse', 'weight-range': 'min-max' };
    const steps = [{ step: 'quantize', index: 0, settings, layers: { b: { quantize: { calibrate: 'entropy' } } } }];
    const record = { state: 'finished', recipeKey: 'k', started: '2026-01-01T00:00:00Z', recipe: { model: '/m.onnx', steps } };
    writeFileSync(path.join(run, 'run.json'), JSON.stringify(record));
    writeFileSync(path.join(run, 'layers.json'), typeof layers === 'string' ? layers : JSON.stringify({ layers }));
  };
  const output = { type: 'uint8', low: 0, high: 2, scale: 0.01, zeroPoint: 0, observed: { low: 0, high: 2.5 } };

  it('names the estimator of the layer, and what was cut off', async () => {
    write([
      { name: 'a', output },
      { name: 'b', output: { ...output, observed: { low: 0, high: 2 } } },
      { name: 'c', notQuantized: 'no kernel' },
    ]);
    const made = (await originRun(path.join(run, 'models', 'q.onnx'), folder))!;
    expect((await layerOrigin(made, 'a'))!.rows[0]![1]).toContain('so some is cut off · range chosen by mse');
    expect((await layerOrigin(made, 'b'))!.rows[0]![1]).toContain('0 to 2 · range chosen by entropy');
    expect((await layerOrigin(made, 'c'))!.rows).toEqual([['Kept in float', 'no kernel']]);
    expect(await layerOrigin(made, 'd')).toBeUndefined();
  });

  it('is found for the model that a run began with, and says nothing where a table is broken', async () => {
    write('{');
    const began = await originRun('/m.onnx', folder);
    expect(began).toMatchObject({ folder: run, made: false });
    expect(await layerOrigin(began!, 'a')).toBeUndefined();
    expect(await originRun('/other.onnx', path.join(folder, 'none'))).toBeUndefined();
  });
});
