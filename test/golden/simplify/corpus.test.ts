import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { decodeModel, encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { simplify, type SimplifyNote } from '../../../src/engine/simplify/index.ts';
import { upgradeOpset } from '../../../src/engine/simplify/upgrade-opset.ts';
import { expectSameOutputs, randomInputs } from '../../support/same-outputs.ts';
import { itWithZoo } from '../../support/zoo.ts';

const modelsIn = (folder: string): string[] =>
  readdirSync(folder)
    .map((name) => path.join(folder, name))
    .flatMap((file) => (statSync(file).isDirectory() ? modelsIn(file) : file.endsWith('.onnx') ? [file] : []));

/** Free sizes: one picture; height and width that a detector's five halvings divide. */
const free = (_: string, axis: number): number => (axis === 0 ? 1 : 32);

/** Float weights become small integers, few enough of them that no sum passes 2^24: every float32 sum is then exact. */
function withIntegerWeights(model: Model): void {
  for (const node of model.graph.nodes) {
    if (node.op !== 'BatchNormalization') continue;
    node.attributes.set('epsilon', { kind: 'float', value: 0 });
    const variance = model.graph.initializers.get(node.inputs[4]!);
    if (variance) model.graph.initializers.set(node.inputs[4]!, Tensor.float32(variance.dims, new Float32Array(variance.size).fill(1)));
  }
  const variances = new Set(
    model.graph.nodes.flatMap((node) => (node.op === 'BatchNormalization' ? [node.inputs[4]!, node.inputs[1]!] : [])),
  );
  for (const [name, tensor] of model.graph.initializers) {
    if (tensor.type !== DataType.float32 || tensor.size <= 1 || model.graph.users(name).some(({ node }) => node.op === 'Resize')) continue;
    const random = seededRandom(2, name);
    const values = new Float32Array(tensor.size);
    if (variances.has(name))
      values.forEach((_, i) => (values[i] = model.graph.users(name)[0]!.index === 4 ? 1 : random.integer(2) * 2 - 1));
    else if (tensor.dims.length === 1) values.forEach((_, i) => (values[i] = random.integer(5) - 2));
    // One weight a filter that is not zero.
    else
      for (let row = 0, size = tensor.size / tensor.dims[0]!; row < tensor.dims[0]!; row++)
        values[row * size + random.integer(size)] = random.integer(2) * 2 - 1;
    model.graph.initializers.set(name, Tensor.float32(tensor.dims, values));
  }
}

/** Upgrades and simplifies a copy and compares its outputs with the model's own. */
async function compare(runtime: Runtime, model: Model, tolerance: number): Promise<{ after: Model; notes: SimplifyNote[] }> {
  const before = encodeModel(model);
  const after = decodeModel(before);
  upgradeOpset(after, 13);
  const notes = await simplify(after, { runtime, context: plainContext() });
  const inputs = await randomInputs(runtime, before, 3, { integers: tolerance === 0, free });
  const required = new Set(after.graph.requiredInputs.map(({ name }) => name));
  const given = Object.fromEntries(Object.entries(inputs).filter(([name]) => required.has(name)));
  await expectSameOutputs(runtime, before, encodeModel(after), given, { tolerance });
  return { after, notes };
}

itWithZoo(
  'real networks compute the same, exactly so with integer weights, and no batch normalization is left behind a convolution',
  async (zoo) => {
    const runtime = await createOrtRuntime();
    for (const file of modelsIn(path.join(zoo, 'models'))) {
      const { after } = await compare(runtime, await readModel(file), 1e-4);
      const { graph } = after;
      const unfolded = graph.nodes.filter(({ op, inputs }) => op === 'BatchNormalization' && graph.producer(inputs[0]!)?.op === 'Conv');
      expect(unfolded, file).toEqual([]);
      const integers = await readModel(file);
      withIntegerWeights(integers);
      await compare(runtime, integers, 0);
    }
  },
);

itWithZoo('topologies whose weights are made by ConstantOfShape get real weights', async (zoo) => {
  const runtime = await createOrtRuntime();
  for (const name of ['light_squeezenet', 'light_inception_v1', 'light_resnet50', 'light_zfnet512']) {
    const { after } = await compare(runtime, await readModel(path.join(zoo, 'graphs', `${name}.onnx`)), 1e-4);
    const convs = after.graph.nodes.filter(({ op }) => op === 'Conv');
    expect(convs.length).toBeGreaterThan(4);
    for (const conv of convs) expect(after.graph.initializers.has(conv.inputs[1]!)).toBe(true);
    expect(after.graph.nodes.filter(({ op }) => op === 'BatchNormalization')).toEqual([]);
  }
});

itWithZoo('odd models come out the same or are refused with a reason', async (zoo) => {
  const runtime = await createOrtRuntime();
  let same = 0;
  for (const file of modelsIn(path.join(zoo, 'oddities'))) {
    try {
      const model = await readModel(file);
      if (model.graph.requiredInputs.length === 0) continue;
      await compare(runtime, model, 1e-4);
      same++;
    } catch (error) {
      // What neither ONNX Runtime nor this project runs is refused before anything is compared.
      if (!(error instanceof LatheError)) throw new Error(path.basename(file), { cause: error });
      expect(error.code, file).toMatch(/^(model|graph|opset|runtime)\./);
    }
  }
  expect(same).toBeGreaterThan(35);
});

itWithZoo('residual networks exported with batch normalization end like those exported without', async (zoo) => {
  const runtime = await createOrtRuntime();
  const folder = path.join(zoo, 'models', 'cifar10-resnet');
  const counts: Record<string, number>[] = [];
  for (const name of ['resnet20_cifar10.onnx', 'resnet20_cifar10_bn.onnx']) {
    const { after } = await compare(runtime, await readModel(path.join(folder, name)), 1e-4);
    const count: Record<string, number> = {};
    for (const { op } of after.graph.nodes) count[op] = (count[op] ?? 0) + 1;
    counts.push(count);
  }
  expect(counts[1]).toEqual(counts[0]);
});
