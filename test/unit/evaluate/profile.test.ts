import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { attributeSteps, type Step } from '../../../src/engine/evaluate/profile/attribute.ts';
import { profileLayers } from '../../../src/engine/evaluate/profile/profile-layers.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { latencyOverlay } from '../../../src/engine/pipeline/figure-jobs.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { buildModel } from '../../support/model-builder.ts';
import { weights } from '../quantize/support.ts';

const same = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-profile-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A residual block behind a convolution, with a shape that is computed and a branch of constants. */
const block = buildModel({
  inputs: [{ name: 'x', shape: ['n', 8, 8, 8] }],
  outputs: ['y'],
  initializers: { w1: weights('w1', [8, 8, 3, 3]), w2: weights('w2', [8, 8, 3, 3]), k: weights('k', [1, 8, 1, 1]) },
  nodes: [
    ['Conv', ['x', 'w1'], ['c1'], same, { name: 'first' }],
    ['Relu', ['c1'], ['r1'], {}, { name: 'relu1' }],
    ['Conv', ['r1', 'w2'], ['c2'], same, { name: 'second' }],
    ['Exp', ['k'], ['e'], {}, { name: 'constant' }],
    ['Add', ['c2', 'r1'], ['a'], {}, { name: 'sum' }],
    ['Relu', ['a'], ['r2'], {}, { name: 'relu2' }],
    ['Mul', ['r2', 'e'], ['m'], {}, { name: 'scaled' }],
    ['Identity', ['m'], ['i'], {}, { name: 'identity' }],
    ['Sigmoid', ['i'], ['y'], {}, { name: 'last' }],
  ],
});
const names = (model: Model) => model.graph.nodes.map(({ name }) => name);

describe('steps of an optimized graph', () => {
  const work = ({ op }: { op: string }): number => (op === 'Conv' ? 10 : 0);
  const hosts = (steps: Step[], model = block): Record<string, string | undefined> => {
    const { stepOf } = attributeSteps(model.graph, steps, work);
    return Object.fromEntries(names(model).map((name, i) => [name, steps[stepOf[i]!]?.name]));
  };
  const step = (name: string, op: string, inputs: string[], outputs: string[]): Step => ({ name, op, inputs, outputs });

  it('in blocked layout are found by the value that they are named after, residual sums go into the convolution before them', () => {
    const steps = [
      step('ReorderInput', 'ReorderInput', ['x'], ['t0']),
      step('r1_nchwc', 'Conv', ['t0', 'w'], ['t1']),
      step('c2_nchwc', 'Conv', ['t1', 'w', '', 't1'], ['t2']),
      step('ReorderOutput', 'ReorderOutput', ['t2'], ['r2']),
      step('scaled', 'Mul', ['r2', 'e'], ['m']),
      step('last', 'Sigmoid', ['m'], ['y']),
    ];
    // A factor by channel is a convolution there, which takes what follows it and nothing before.
    const factor = [...steps.slice(0, 3), step('m_mul_nchwc', 'Conv', ['t2', 'e'], ['t3'])];
    expect(hosts(factor)).toMatchObject({ relu2: 'c2_nchwc', scaled: 'm_mul_nchwc', identity: 'm_mul_nchwc', last: 'm_mul_nchwc' });
    expect(hosts(steps)).toEqual({
      first: 'r1_nchwc',
      relu1: 'r1_nchwc',
      second: 'c2_nchwc',
      constant: undefined,
      sum: 'c2_nchwc',
      relu2: 'c2_nchwc',
      scaled: 'scaled',
      identity: 'last', // between what the step reads and what it makes
      last: 'last',
    });
    const { nodeOf } = attributeSteps(block.graph, steps, work);
    expect([...nodeOf].map((node) => block.graph.nodes[node]?.name)).toEqual([undefined, 'first', 'second', undefined, 'scaled', 'last']);
  });

  it('made anew have their node’s name and a number; Q and DQ around a product are part of it', () => {
    const quantized = buildModel({
      inputs: [{ name: 'x', shape: [1, 8, 8, 8] }],
      outputs: ['y'],
      initializers: { w: weights('w', [8, 8, 3, 3]), s: weights('s', [1]) },
      nodes: [
        ['QuantizeLinear', ['x', 's'], ['q0'], {}, { name: 'in' }],
        ['DequantizeLinear', ['q0', 's'], ['d0'], {}, { name: 'dq0' }],
        ['Conv', ['d0', 'w'], ['c'], same, { name: 'conv' }],
        ['Relu', ['c'], ['r'], {}, { name: 'relu' }],
        ['QuantizeLinear', ['r', 's'], ['q1'], {}, { name: 'q1' }],
        ['DequantizeLinear', ['q1', 's'], ['d1'], {}, { name: 'dq1' }],
        ['Add', ['d1', 'd0'], ['y'], {}, { name: 'add' }],
      ],
    });
    const steps = [
      step('in', 'QuantizeLinear', ['x'], ['q0']),
      step('Transpose', 'Transpose', ['q0'], ['t0']),
      step('conv_token_4', 'QLinearConv', ['t0'], ['conv']),
      step('add', 'QLinearAdd', ['conv', 't0'], ['add_out']),
    ];
    expect(hosts(steps, quantized)).toEqual({
      in: 'in',
      dq0: 'conv_token_4',
      conv: 'conv_token_4',
      relu: 'conv_token_4',
      q1: 'conv_token_4',
      dq1: 'add',
      add: 'add',
    });
  });
});

describe('latency by layer', async () => {
  const runtime = await createOrtRuntime();
  const write = (model: Model, name: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, encodeModel(model));
    return file;
  };

  it('stands at the layers that do the work, and says of the others where they went', async () => {
    const seen: number[] = [];
    const context = plainContext({ progress: { report: ({ done }) => seen.push(done) } });
    const profile = await profileLayers({ path: write(block, 'block.onnx'), runs: 4, warmUp: 2 }, { runtime, context });
    const all = names(block);
    const timed = profile.timings.map(({ layer }) => all[layer]);
    // What else is fused depends on the machine's kernels.
    expect(timed).toEqual(expect.arrayContaining(['first', 'second']));
    expect(timed).not.toContain('constant');
    const inside = new Map(profile.inside.map(([layer, host]) => [all[layer], host === null ? null : all[host]]));
    expect(inside.get('constant')).toBeNull();
    expect(inside.get('relu1')).toBe('first');
    expect([...timed, ...inside.keys()].sort()).toEqual([...all].sort());
    const sum = profile.timings.reduce((total, { ms }) => total + ms, 0);
    expect(sum + profile.added.ms).toBeCloseTo(profile.totalMs, 9);
    expect(profile).toMatchObject({ runs: 4, warmUp: 2, threads: 1, shapes: { x: [1, 8, 8, 8] } });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);

    const view = latencyOverlay(profile, block, 'a machine');
    expect(view).toMatchObject({ id: 'latency', unit: 'ms', fold: 'sum', gradient: { best: 0 } });
    expect(view.origin).toBe('median of 4 runs after 2 · 1 thread · a machine · input 1×8×8×8 · noise as input, with the profiler running');
    expect(new Map(view.notes).get(all.indexOf('relu1'))).toBe('Runs inside first, whose time holds both.');
    expect(new Map(view.notes).get(all.indexOf('constant'))).toMatch(/^Nothing to run/);
  });

  it('needs sizes for free dimensions, and inputs of numbers', async () => {
    const free = buildModel({ inputs: [{ name: 'x', shape: [1, 3, 'h', 'w'] }], outputs: ['y'], nodes: [['Relu', ['x'], ['y']]] });
    const file = write(free, 'free.onnx');
    const context = plainContext();
    await expect(profileLayers({ path: file, runs: 3, warmUp: 0 }, { runtime, context })).rejects.toMatchObject({
      code: 'profile.shape',
      message: 'the input\'s dimension "h" is free',
    });
    const shapes = { x: [1, 3, 5, 7] };
    expect((await profileLayers({ path: file, runs: 3, warmUp: 0, shapes }, { runtime, context })).shapes).toEqual(shapes);
    const words = buildModel({ inputs: [{ name: 'x', type: 'string', shape: [1] }], outputs: ['y'], nodes: [['Identity', ['x'], ['y']]] });
    await expect(profileLayers({ path: write(words, 'words.onnx'), runs: 3, warmUp: 0 }, { runtime, context })).rejects.toMatchObject({
      code: 'profile.input',
    });
    const huge = buildModel({ inputs: [{ name: 'x', shape: [2 ** 40] }], outputs: ['y'], nodes: [['Relu', ['x'], ['y']]] });
    await expect(profileLayers({ path: write(huge, 'huge.onnx'), runs: 3, warmUp: 0 }, { runtime, context })).rejects.toMatchObject({
      code: 'profile.input',
    });
  });
});
