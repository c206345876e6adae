import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { readModel, writeModel } from '../../../src/engine/onnx/file.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { type BenchContext, measured } from '../measure.ts';
import { runRecipe } from '../run-recipe.ts';

const pictures = 100;
const side = 224;

/** Memory and processor time of a network of ResNet-50's size: its real topology, generated weights, generated pictures. */
export async function bigModel(bench: BenchContext): Promise<void> {
  const name = `ResNet-50, ${pictures} pictures`;
  await measured(bench, name, async () => {
    const model = path.join(bench.scratch, 'resnet50.onnx');
    await writeResNet50(path.join(bench.zoo!, 'graphs/light_resnet50.onnx'), model);
    const folder = path.join(bench.scratch, 'big-pictures');
    writePictures(folder);
    const recipe = {
      version: 1,
      model,
      target: 'cpu',
      task: 'classification',
      data: { input: { color: 'rgb', scale: '1/255', mean: 0.45, std: 0.22 }, calibration: { path: folder } },
      steps: [{ quantize: {} }],
    };
    const { cost } = await runRecipe(bench, recipe);
    const pure = await inferenceCpu(model);
    const ratio = cost.cpuSeconds / pure;
    const { peakRssMiB: peak } = cost;
    bench.report({ name: `${name}: peak memory`, value: peak, unit: 'MiB', goal: '<= 1024', ok: peak <= 1024, note: 'whole process tree' });
    bench.report({
      name: `${name}: CPU / pure inference`,
      value: ratio,
      unit: 'ratio',
      goal: '<= 1.3',
      ok: ratio <= 1.3,
      note: `whole run ${cost.cpuSeconds.toFixed(1)} s; float model in ONNX Runtime on the same number of pictures, 1 thread, ${pure.toFixed(1)} s`,
    });
  });
}

/** Normal weights of He's variance; batch normalization as after training: scales near 1, running means and variances of what comes in. */
async function writeResNet50(topology: string, file: string): Promise<void> {
  const model = await readModel(topology);
  const { graph } = model;
  for (const node of [...graph.nodes].filter(({ op }) => op === 'ConstantOfShape')) {
    const [shape, name] = [graph.constant(node.inputs[0]!)!, node.outputs[0]!];
    const dims = Array.from(shape.toFloat64());
    graph.remove(node);
    const fanIn = dims.slice(1).reduce((a, b) => a * b, 1);
    const random = seededRandom(0, name);
    const spread = dims.length > 1 ? Math.sqrt(2 / fanIn) : 0.1;
    const center = /_(bn_s|riv)_/.test(name) ? 1 : 0;
    const size = dims.reduce((a, b) => a * b, 1);
    graph.initializers.set(
      name,
      Tensor.float32(
        dims,
        Float32Array.from({ length: size }, () => center + spread * random.normal()),
      ),
    );
  }
  graph.prune();
  await writeModel(model, file);
}

/** Binary PPM: blobs of colour and noise. */
function writePictures(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (let index = 0; index < pictures; index++) {
    const random = seededRandom(index, 'big picture');
    const waves = Array.from({ length: 3 }, () => [random.normal() / 20, random.normal() / 20, random.normal()] as const);
    const pixels = new Uint8Array(side * side * 3);
    for (let at = 0; at < pixels.length; at++) {
      const [across, down] = [Math.floor(at / 3) % side, Math.floor(at / 3 / side)];
      const [x, y, phase] = waves[at % 3]!;
      pixels[at] = Math.max(0, Math.min(255, 128 + 90 * Math.sin(x * across + y * down + 6 * phase) + 12 * random.normal()));
    }
    writeFileSync(
      path.join(folder, `${String(index).padStart(3, '0')}.ppm`),
      Buffer.concat([Buffer.from(`P6\n${side} ${side}\n255\n`), pixels]),
    );
  }
}

/** Processor seconds of running the float model on as many pictures, without the first, in which memory is laid out. */
async function inferenceCpu(file: string): Promise<number> {
  const session = await (await createOrtRuntime()).load({ path: file }, { optimize: 'all', threads: 1 });
  const random = seededRandom(0, 'inference');
  const data = Float32Array.from({ length: 3 * side * side }, () => random.normal());
  const input = session.inputs[0]!;
  const feeds = { [input.name]: { type: input.type, dims: [1, 3, side, side], data } };
  await session.run(feeds);
  const before = process.cpuUsage();
  for (let i = 0; i < pictures; i++) await session.run(feeds);
  const { user, system } = process.cpuUsage(before);
  await session.dispose();
  return (user + system) / 1e6;
}
