import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { readModel, writeModel } from '../../../src/engine/onnx/file.ts';
import { floatAttribute, type Model } from '../../../src/engine/onnx/graph.ts';
import { runCheck } from '../../../src/engine/pipeline/check/index.ts';
import { fit } from '../../../src/engine/pipeline/steps/fit.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import type { CheckJob } from '../../../src/protocol/job.ts';
import type { CheckDocument } from '../../../src/protocol/results/board.ts';
import { FitWriter } from '../../support/fit-cases.ts';
import { buildModel } from '../../support/model-builder.ts';
import { requestOf, stepOf } from '../../support/step-request.ts';

let runtime: Runtime;
let folder: string;
beforeAll(async () => {
  runtime = await createOrtRuntime();
  folder = mkdtempSync(path.join(tmpdir(), 'lathe-fit-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A picture in NHWC with bytes, scaled and transposed; a network; an output of probabilities. */
function camera(): Model {
  const w = new FitWriter(3);
  const scaled = w.op('Div', [w.op('Sub', [w.op('Cast', ['picture'], { to: 1 }), w.floats([3])]), w.number(64)]);
  const leaky = (from: string): string => w.op('LeakyRelu', [from], { alpha: floatAttribute(Math.fround(0.1)) });
  const made = leaky(w.norm(w.conv(w.op('Transpose', [scaled], { perm: [0, 3, 1, 2] }), 3, 16), 16));
  const scores = w.conv(leaky(w.norm(w.conv(made, 16, 16), 16)), 16, 5, { kernel: 1 });
  const model = w.model({ picture: [1, 12, 12, 3] }, [w.op('Softmax', [w.op('Reshape', [scores, w.ints(1, 5, 144)])], { axis: 1 })]);
  model.graph.inputs = buildModel({
    inputs: [{ name: 'picture', type: 'uint8', shape: [1, 12, 12, 3] }],
    outputs: [],
    nodes: [],
  }).graph.inputs;
  return model;
}

async function check(job: Partial<CheckJob> & { fixes: CheckJob['fixes'] }): Promise<CheckDocument> {
  const model = path.join(folder, 'camera.onnx');
  if (!existsSync(model)) await writeModel(camera(), model);
  const deps = { context: plainContext(), onProgress() {}, onRunFolder() {} };
  return runCheck({ kind: 'check', model, target: 'zcu104', output: path.join(folder, 'fixed.onnx'), ...job }, deps);
}

describe('the job check with fixes', () => {
  it('writes the model and what was cut off, which compute the same', async () => {
    const { fixed, subgraphs, nodes } = await check({ fixes: { ids: ['exact', 'cut-start', 'cut-end'] } });
    expect(fixed?.proof.equal).toBe(true);
    const files = [fixed?.pre, fixed?.output, fixed?.post].map((file) => file && path.basename(file));
    expect(files).toEqual(['fixed.pre.onnx', 'fixed.onnx', 'fixed.post.onnx']);
    const [pre, model, post] = await Promise.all([fixed!.pre!, fixed!.output, fixed!.post!].map(readModel));
    expect(pre!.graph.nodes.map(({ op }) => op)).toEqual(['Cast', 'Sub', 'Mul', 'Transpose']);
    expect(post!.graph.nodes.map(({ op }) => op)).toEqual(['Reshape', 'Softmax']);
    expect(model!.graph.inputs[0]!.type).toMatchObject({ shape: [1, 3, 12, 12] });
    expect(nodes.filter(({ verdict }) => verdict !== 'yes')).toEqual([]);
    expect(subgraphs.filter(({ device }) => device === 'DPU')).toHaveLength(1);
    // Layers that went into the other files.
    expect(JSON.parse(model!.metadata.get('lathe.names')!)).toMatchObject({ Cast0: null, Sub1: null });
  });

  it('applies one fix at one layer', async () => {
    const { fixed } = await check({ fixes: { ids: ['leaky-relu-slope'], nodes: ['LeakyRelu6'] } });
    expect(fixed?.applied.map(({ id, nodes }) => [id, nodes])).toEqual([['leaky-relu-slope', ['LeakyRelu6']]]);
    expect(fixed?.proof.equal).toBe(false);
    expect(fixed?.proof.sqnrDb).toBeGreaterThan(20);
  });

  it.each([
    ['an unknown fix', { fixes: { ids: ['exactly'] } }, 'fit.unknown'],
    ['no place to write to', { fixes: { ids: ['exact'] }, output: undefined }, 'fit.output'],
    ['a target that takes everything', { fixes: { ids: ['exact'] }, target: 'cpu' }, 'fit.target'],
  ])('refuses %s', async (_, job, code) => {
    await expect(check(job as Partial<CheckJob> & { fixes: CheckJob['fixes'] })).rejects.toMatchObject({ code });
  });

  it('refuses to write over the model, and a quantized one with what to do instead', async () => {
    const model = path.join(folder, 'camera.onnx');
    await expect(check({ fixes: { ids: ['exact'] }, output: model })).rejects.toMatchObject({ code: 'export.same-file' });
    const w = new FitWriter(1);
    const quantized = w.op('DequantizeLinear', [w.op('QuantizeLinear', ['x', w.number(0.5)]), w.number(0.5)]);
    const file = path.join(folder, 'quantized.onnx');
    await writeModel(w.model({ x: [1, 3, 4, 4] }, [quantized]), file);
    const hint = expect.stringContaining('then quantize') as unknown;
    await expect(check({ model: file, fixes: { ids: ['exact'] } })).rejects.toMatchObject({ code: 'fit.quantized', place: { hint } });
  });
});

describe('the step fit', () => {
  const network = (): Model => {
    const w = new FitWriter(4);
    const made = w.op('LeakyRelu', [w.norm(w.conv('x', 3, 8), 8)], { alpha: floatAttribute(Math.fround(0.1)) });
    return w.model({ x: ['N', 3, 'H', 'W'] }, [w.op('Flatten', [w.op('GlobalAveragePool', [made])])]);
  };
  const run = async (settings: Record<string, unknown>, target = 'zcu104', layers: Record<string, Record<string, unknown>> = {}) => {
    const step = { ...stepOf('fit', settings), layers };
    const request = requestOf(step, { runtime, ancestors: [], model: network() });
    return fit.run({ ...request, recipe: { ...request.recipe, target } } as typeof request);
  };
  const operators = (model: Model): string[] => model.graph.nodes.map(({ op }) => op);

  it('is proven on pictures where sizes are free, which it leaves free', async () => {
    const { model, report } = await run({});
    expect(operators(model)).toEqual(['Conv', 'LeakyRelu', 'GlobalAveragePool', 'Flatten']);
    expect(report.notes[0]).toMatch(/^Rewritten: batch-norm-order 1; on 4 inputs the outputs differ by at most/);
    expect(model.graph.inputs[0]!.type).toMatchObject({ shape: ['N', 3, 'H', 'W'] });
  });

  it('adds what is named, leaves out what is named, and layers that say so', async () => {
    const { model, report } = await run({ also: ['leaky-relu-slope'], without: ['batch-norm-order'] });
    expect(operators(model)).toContain('BatchNormalization');
    expect(model.graph.nodes.find(({ op }) => op === 'LeakyRelu')!.float('alpha', 0)).toBe(26 / 256);
    expect(report.notes[1]).toMatch(/^1 layer computes another function now: leaky-relu-slope/);
    const kept = await run({}, 'zcu104', { BatchNormalization1: { fit: false } });
    expect(operators(kept.model)).toContain('BatchNormalization');
  });

  it('is for boards', async () => {
    await expect(run({}, 'cpu')).rejects.toMatchObject({ code: 'fit.target' });
  });
});
