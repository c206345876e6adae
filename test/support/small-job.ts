import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { encodeModel } from '../../src/engine/onnx/codec.ts';
import { seededRandom } from '../../src/engine/base/random.ts';
import { Tensor } from '../../src/engine/onnx/tensor.ts';
import type { ResolvedRecipe } from '../../src/engine/recipe/types.ts';
import { findStep } from '../../src/engine/recipe/steps.ts';
import { fillDefaults } from '../../src/engine/recipe/defaults.ts';
import { buildModel } from './model-builder.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Bundles a process entry into `out/`, where it finds native packages. Returns the bundle's path. */
export async function bundle(entry: string, name: string): Promise<string> {
  const outfile = path.join(root, 'out/test', `${name}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.11',
    external: ['onnxruntime-node'],
    loader: { '.py': 'text', '.sh': 'text' },
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as lathe_createRequire } from 'node:module'; const require = lathe_createRequire(import.meta.url);",
    },
  });
  return outfile;
}

export const workerEntry = path.join(root, 'src/worker/main.ts');

export interface SmallJob {
  readonly folder: string;
  readonly recipe: ResolvedRecipe & { readonly model: string };
}

const classes = ['horizontal', 'vertical', 'checked'];

/** A small network, `pictures` pictures to calibrate on and as many to test on, and a recipe that quantizes it. All made here. */
export async function smallJob(folder: string, pictures: number, settings: Record<string, unknown> = {}): Promise<SmallJob> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'small.onnx'), encodeModel(smallModel()));
  for (const use of ['calibration', 'test']) await writePictures(path.join(folder, use), pictures, use);
  const source = (use: string) => ({ path: path.join(folder, use), labels: 'folders' });
  const step = findStep('quantize');
  if (!step) throw new Error('there is no step quantize');
  return {
    folder,
    recipe: {
      version: 1,
      folder,
      name: 'small',
      model: path.join(folder, 'small.onnx'),
      target: 'cpu',
      task: 'classification',
      seed: 0,
      data: {
        input: { color: 'gray', scale: '1/255', mean: 0.5, std: 0.25 },
        calibration: source('calibration'),
        test: source('test'),
      },
      steps: [{ step: 'quantize', index: 0, settings: fillDefaults(step.parameters, settings) as Record<string, unknown>, layers: {} }],
      output: { folder: path.join(folder, 'runs'), formats: ['onnx'], name: '{model}_{step}' },
    },
  };
}

/** Two convolutions, pooling, and a classifier over three classes; random weights from a fixed seed. */
function smallModel() {
  const random = seededRandom(7, 'small model');
  const tensor = (...dims: number[]): Tensor => {
    const size = dims.reduce((product, dim) => product * dim, 1);
    const spread = 1 / Math.sqrt(size / (dims[0] ?? 1));
    return Tensor.float32(
      dims,
      Float32Array.from({ length: size }, () => random.normal() * spread),
    );
  };
  return buildModel({
    inputs: [{ name: 'picture', shape: ['batch', 1, 16, 16] }],
    outputs: [{ name: 'scores', shape: ['batch', classes.length] }],
    initializers: {
      w1: tensor(8, 1, 3, 3),
      b1: tensor(8),
      w2: tensor(16, 8, 3, 3),
      b2: tensor(16),
      w3: tensor(classes.length, 16),
      b3: tensor(classes.length),
    },
    nodes: [
      ['Conv', ['picture', 'w1', 'b1'], ['c1'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, { name: '/conv1' }],
      ['Relu', ['c1'], ['r1'], {}, { name: '/relu1' }],
      ['Conv', ['r1', 'w2', 'b2'], ['c2'], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, { name: '/conv2' }],
      ['Relu', ['c2'], ['r2'], {}, { name: '/relu2' }],
      ['GlobalAveragePool', ['r2'], ['p'], {}, { name: '/pool' }],
      ['Flatten', ['p'], ['f'], {}, { name: '/flatten' }],
      ['Gemm', ['f', 'w3', 'b3'], ['scores'], { transB: 1 }, { name: '/fc' }],
    ],
  });
}

/** Binary PGM, 16 × 16: stripes one way, the other, or both, with noise. */
async function writePictures(folder: string, count: number, use: string): Promise<void> {
  const random = seededRandom(1, use);
  for (const name of classes) await mkdir(path.join(folder, name), { recursive: true });
  for (let i = 0; i < count; i++) {
    const kind = i % classes.length;
    const period = 3 + random.integer(5);
    const pixels = Uint8Array.from({ length: 256 }, (_, at) => {
      const across = Math.floor((at % 16) / period) % 2;
      const down = Math.floor(Math.floor(at / 16) / period) % 2;
      const on = kind === 0 ? down : kind === 1 ? across : across ^ down;
      return Math.max(0, Math.min(255, 60 + 120 * on + 25 * random.normal()));
    });
    await writeFile(
      path.join(folder, classes[kind] ?? '', `${String(i).padStart(4, '0')}.pgm`),
      Buffer.concat([Buffer.from('P5\n16 16\n255\n'), pixels]),
    );
  }
}
