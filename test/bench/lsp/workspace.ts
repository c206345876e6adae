import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { buildModel, type BuildNode } from '../../support/model-builder.ts';

const nodes = 5000;
const lines = 2000;
const channels = 8;

const convName = (index: number): string => `/model/layer${index >> 4}/block${index & 15}/conv/Conv`;

/** Writes a chain of convolutions, normalizations and activations: 5,000 nodes. `seed` makes its contents another's. */
function writeModel(file: string, seed: number): void {
  const made: BuildNode[] = [];
  const initializers: Record<string, Tensor> = {};
  const values = (count: number, at: number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => Math.sin(at + i + seed) / 4 + 0.3);
  for (const name of ['scale', 'shift', 'mean', 'variance']) initializers[name] = Tensor.float32([channels], values(channels, 1));
  let value = 'input';
  for (let i = 0; made.length < nodes - 1; i++) {
    const base = convName(i);
    const inputs = i === 0 ? 3 : channels;
    initializers[`w${i}`] = Tensor.float32([channels, inputs, 1, 1], values(channels * inputs, i));
    made.push(['Conv', [value, `w${i}`], [`c${i}`], {}, { name: base }]);
    made.push([
      'BatchNormalization',
      [`c${i}`, 'scale', 'shift', 'mean', 'variance'],
      [`b${i}`],
      {},
      { name: base.replace('/conv/Conv', '/bn/BatchNormalization') },
    ]);
    made.push(['Relu', [`b${i}`], [`r${i}`], {}, { name: base.replace('/conv/Conv', '/act/Relu') }]);
    value = `r${i}`;
  }
  made.push(['GlobalAveragePool', [value], ['output'], {}, { name: '/model/pool/GlobalAveragePool' }]);
  const model = buildModel({ inputs: [{ name: 'input', shape: [1, 3, 32, 32] }], outputs: ['output'], nodes: made, initializers });
  writeFileSync(file, encodeModel(model));
}

/** A recipe of 2,000 lines: a width for each of a thousand layers. */
export function longRecipe(model: string): string {
  const head = `version: 1\nmodel: ${model}\ntarget: cpu\ntask: none\nseed: 0\ndata:\n  calibration: { path: pictures, count: 100 }\nsteps:\n  - quantize: { weights: 8, activations: 8 }\nlayers:\n`;
  const entries = Array.from({ length: (lines - 10) / 2 }, (_, i) => `  ${convName(i)}:\n    weights: ${[4, 6, 8][i % 3]}\n`);
  return head + entries.join('');
}

/** A folder with so many models and a recipe for each, the first of which is the long one. */
export function writeWorkspace(parent: string, models: number): { folder: string; recipes: readonly string[] } {
  const folder = path.join(parent, 'workspace');
  mkdirSync(path.join(folder, 'pictures'), { recursive: true });
  const recipes = Array.from({ length: models }, (_, i) => {
    writeModel(path.join(folder, `model${i}.onnx`), i);
    const text = longRecipe(`model${i}.onnx`);
    const recipe = path.join(folder, `recipe${i}.compress.yaml`);
    writeFileSync(recipe, i === 0 ? text : text.split('\n').slice(0, 60).join('\n'));
    return recipe;
  });
  return { folder, recipes };
}
