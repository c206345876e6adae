import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { diffModels, type DiffSource } from '../../../src/engine/drawing/diff/diff.ts';
import { cloneModel } from '../../../src/engine/onnx/clone.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { scanModel } from '../../../src/engine/onnx/scan.ts';
import { itWithZoo } from '../../support/zoo.ts';

const never = new AbortController().signal;

const open = async (file: string): Promise<DiffSource> => ({
  model: await scanModel(file),
  fileBytes: statSync(file).size,
});

const models = (zoo: string): string[] =>
  readdirSync(path.join(zoo, 'models'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.onnx'))
    .sort()
    .map((name) => path.join(zoo, 'models', name));

/** Every node and every value inside under another name. */
function renamed(model: Model): Model {
  const copy = cloneModel(model);
  const { graph } = copy;
  const ends = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => name));
  graph.nodes.forEach((node, place) => {
    node.name = `n${place}`;
    node.outputs.forEach((value, output) => {
      if (value !== '' && !ends.has(value)) graph.rename(value, `v${place}_${output}`);
    });
  });
  [...graph.initializers.keys()].filter((name) => !ends.has(name)).forEach((name, place) => graph.rename(name, `w${place}`));
  return copy;
}

itWithZoo('every model is the same as itself under other names', async (zoo) => {
  for (const file of models(zoo)) {
    const model = await readModel(file);
    const { view } = await diffModels({ model, fileBytes: 1 }, { model: renamed(model), fileBytes: 1 }, never);
    const others = view.nodes.filter(({ status, part }) => status !== 'same' && !part);
    expect(others, file).toEqual([]);
    // What has the same weights and operator but another name was found by what it is.
    expect(view.nodes.filter(({ a, b }) => a >= 0 && a !== b).length, file).toBe(0);
  }
});

itWithZoo('folded normalizations are found in the layers that took them', async (zoo) => {
  const pairs = models(zoo).filter((file) => file.endsWith('_bn.onnx'));
  expect(pairs.length).toBeGreaterThan(3);
  for (const before of pairs) {
    const { view } = await diffModels(await open(before), await open(before.replace('_bn.onnx', '.onnx')), never);
    const normalizations = view.nodes.filter((_, id) => view.graph.nodes[id]!.title === 'BatchNormalization');
    expect(normalizations.length).toBeGreaterThan(5);
    for (const { status, changes } of normalizations)
      expect([status, changes.join()], before).toEqual(['removed', expect.stringMatching(/^folded into /)]);
    const convolutions = view.nodes.filter((_, id) => view.graph.nodes[id]!.title === 'Conv');
    expect(convolutions.every(({ a, b }) => a >= 0 && b >= 0)).toBe(true);
  }
});
