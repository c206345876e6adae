import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command, Finished } from '../../../src/engine/base/command.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { BoundedLog } from '../../../src/engine/pipeline/compile/bounded-log.ts';
import { commandText } from '../../../src/engine/pipeline/compile/command-text.ts';
import { layerFinder } from '../../../src/engine/pipeline/compile/layers.ts';
import { runStep } from '../../../src/engine/pipeline/compile/run-step.ts';
import { folderId, networkName } from '../../../src/engine/pipeline/compile/workspace.ts';
import { buildModel } from '../../support/model-builder.ts';

describe('a log', () => {
  it('of a usual length is kept whole', () => {
    const log = new BoundedLog();
    const lines = Array.from({ length: 3000 }, (_, i) => `line ${i}`);
    lines.forEach((line) => log.add(line));
    expect(log.lines()).toEqual(lines);
  });

  it('without end keeps its beginning and its end, and says what is not there', () => {
    const log = new BoundedLog();
    const count = 400_000;
    for (let i = 0; i < count; i++) log.add(`line ${i} ${'x'.repeat(50)}`);
    const lines = log.lines();
    expect(lines.join('\n').length).toBeLessThan(6e6);
    expect(lines[0]).toMatch(/^line 0 /);
    expect(lines.at(-1)).toMatch(new RegExp(`^line ${count - 1} `));
    const gap = lines.find((line) => line.startsWith('…'))!;
    expect(lines.length - 1 + Number(/\d+/.exec(gap)![0])).toBe(count);
  });
});

describe('the name of a network', () => {
  it.each([
    ['/a/net_int.xmodel', 'net'],
    ['/a/ResNet-8.onnx', 'ResNet-8'],
    ['/a/8bit.onnx', 'bit'],
    ['/a/-rf.onnx', 'rf'],
    ['/a/模型.onnx', 'model'],
    ['/a/naïve net.onnx', 'nai_ve_net'],
    ['/a/..onnx', 'model'],
  ])('%s is %s', (file, name) => expect(networkName(file)).toBe(name));

  it('is plain whatever the file is called', () =>
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => /^[A-Za-z][\w-]{0,63}$/.test(networkName(`/x/${text}.onnx`)))));

  it('of a folder is the same each time', () => {
    expect(folderId('/a/b')).toBe(folderId('/a/../a/b/'));
    expect(folderId('/a/b')).not.toBe(folderId('/a/c'));
    expect(folderId('/a/b')).toMatch(/^[0-9a-f]{12}$/);
  });
});

describe('a layer', () => {
  const model = buildModel({
    inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
    outputs: [{ name: 'y' }],
    initializers: {},
    nodes: [
      ['Conv', ['x', 'layer1.0.weight'], ['/layer1/Conv_output_0'], {}, { name: '/layer1/Conv' }],
      ['QuantizeLinear', ['/layer1/Conv_output_0', 's', 'z'], ['q'], {}, { name: 'quantize_1' }],
      ['DequantizeLinear', ['q', 's', 'z'], ['d'], {}, { name: 'dequantize_1' }],
      ['Relu', ['d'], ['y'], {}, { name: 'relu.1' }],
    ],
  });
  const layerOf = layerFinder(model);

  it.each([
    ['/layer1/Conv', '/layer1/Conv'],
    ['_layer1_Conv', '/layer1/Conv'],
    ['_layer1_Conv_fix', '/layer1/Conv'],
    ['_layer1_Conv_output_0', '/layer1/Conv'],
    ['_layer1_Conv_output_0_fix_1', '/layer1/Conv'],
    ['_layer1_Conv(TransferConvToDepthwise)_new', '/layer1/Conv'],
    ['layer1_0_weight_fix', '/layer1/Conv'],
    ['q', '/layer1/Conv'],
    ['d_fix', '/layer1/Conv'],
    ['relu_1', 'relu.1'],
    ['y', 'relu.1'],
    ['_layer1', undefined],
    ['constructor', undefined],
    ['', undefined],
  ])('is found by what a tool calls it: %s', (name, layer) => expect(layerOf(name)).toBe(layer));

  it('is looked for in any text', () =>
    fc.assert(fc.property(fc.string(), (text) => ['/layer1/Conv', 'relu.1', undefined].includes(layerOf(text)))));
});

describe('a step', () => {
  const ended: Finished = { exitCode: null, signal: 'SIGKILL', stdout: '', stderr: '', truncated: false, timedOut: true };
  const step = {
    title: 'Compile',
    command: { program: 'docker', arguments: ['run'] },
    limitMs: 90_000,
    cleanUp: { program: 'docker', arguments: ['rm', '--force', 'lathe-1'] },
  };

  it('that takes longer than it may is stopped, and what it started with it', async () => {
    const run: Command[] = [];
    const processes = {
      find: () => Promise.resolve(undefined),
      run: (command: Command) => Promise.resolve(run.push(command) === 1 ? ended : { ...ended, timedOut: false }),
    };
    const failure = runStep(step, { processes, context: plainContext(), folder: '/work', log: new BoundedLog() });
    await expect(failure).rejects.toMatchObject({
      code: 'compile.timeout',
      exitCode: 1,
      message: 'Compile: not done after 1.5 minutes, and stopped',
    });
    expect(run.map(({ arguments: words }) => words[0])).toEqual(['run', 'rm']);
  });
});

it('a command is shown as it could be typed', () =>
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: 'binary' }).filter((word) => !word.includes('\0')),
        { maxLength: 4 },
      ),
      (words) => {
        const text = commandText({ program: 'printf', arguments: ['%s|', ...words], environment: { A: "it's" } }, '/');
        const printed = execFileSync('sh', ['-c', text]);
        return printed.equals(Buffer.from(words.length ? words.map((word) => `${word}|`).join('') : '|'));
      },
    ),
    { numRuns: 30 },
  ));
