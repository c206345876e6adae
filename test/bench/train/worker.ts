// worker.ts MODEL BATCH THREADS blocked|portable [BITS]: trains a network with made-up pictures, some steps for each line on stdin that names a number.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Value } from '@sinclair/typebox/value';
import { plainContext } from '../../../src/engine/base/context.ts';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { seededRandom } from '../../../src/engine/base/random.ts';
import type { Batch, BatchSource } from '../../../src/engine/data/batches.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime, Session } from '../../../src/engine/runtime/runtime.ts';
import { train } from '../../../src/engine/train/loop/train.ts';
import { crossEntropy } from '../../../src/engine/train/losses/cross-entropy.ts';
import { trainStep } from '../../../src/engine/train/step.ts';
import { addFakeQuantizers } from './quantizers.ts';
import type { StepTimes } from './trainer.ts';

const [file = '', size = '', threads = '', lowering = '', bits] = process.argv.slice(2);
const batch = Number(size);
const model = await readModel(file);
if (bits) addFakeQuantizers(model, Number(bits));
const shapeOf = (type: (typeof model.graph.inputs)[number]['type']): number[] =>
  type?.kind === 'tensor' ? (type.shape ?? []).map(Number) : [];
const dims = [batch, ...shapeOf(model.graph.requiredInputs[0]!.type).slice(1)];
const classes = shapeOf(model.graph.outputs[0]!.type)[1]!;

const times: StepTimes[] = [];
let inRun = 0;

/** ONNX Runtime with a clock at `run`; without its blocked operators where the portable form is measured. */
async function measuredRuntime(): Promise<Runtime> {
  const runtime = await createOrtRuntime();
  const load: Runtime['load'] = async (bytes, options) => {
    const hasBlocked =
      bytes instanceof Uint8Array && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('com.microsoft.nchwc');
    if (lowering === 'portable' && hasBlocked) throw new LatheError('runtime.load', 'no blocked operators');
    const session = await runtime.load(bytes, options);
    const run: Session['run'] = async (feeds, fetches) => {
      const start = performance.now();
      const results = await session.run(feeds, fetches);
      inRun += performance.now() - start;
      return results;
    };
    return { inputs: session.inputs, outputs: session.outputs, run, dispose: () => session.dispose() };
  };
  return { name: runtime.name, version: runtime.version, load };
}

function madeUp(): Batch {
  const random = seededRandom(0, 'pictures');
  const data = Float32Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, () => random.normal());
  const labels = new Float32Array(batch * classes);
  for (let row = 0; row < batch; row++) labels[row * classes + (row % classes)] = 1;
  return {
    samples: Array.from({ length: batch }, (_, i) => i),
    input: { type: DataType.float32, dims, data },
    labels: { type: DataType.float32, dims: [batch, classes], data: labels },
  };
}

/** Gives out the same batch as often as stdin asks for; a step lasts from one batch to the question for the next. */
const source: BatchSource = {
  size: batch,
  stepsPerEpoch: 1_000_000,
  classes,
  isFixed: true,
  close: () => Promise.resolve(),
  async *epoch() {
    const made = madeUp();
    for await (const line of createInterface({ input: process.stdin })) {
      times.length = 0;
      for (let i = Number(line); i > 0; i--) {
        const [start, cpu] = [performance.now(), process.cpuUsage()];
        inRun = 0;
        yield made;
        const { user, system } = process.cpuUsage(cpu);
        times.push({ wall: performance.now() - start, cpu: (user + system) / 1000, outside: performance.now() - start - inRun });
      }
      const peak = /VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1];
      process.stdout.write(`${JSON.stringify({ steps: times, peakMiB: Number(peak) / 1024 })}\n`);
    }
    process.exit(0);
  },
};

await train(
  {
    name: 'bench',
    model,
    settings: { ...Value.Create(trainStep.parameters), epochs: 1, optimizer: 'sgd', 'learning-rate': 1e-3 },
    losses: [{ loss: crossEntropy(), weight: 1 }],
    batches: source,
    batchNormalization: 'training',
  },
  { runtime: await measuredRuntime(), context: { ...plainContext(), threads: Number(threads) } },
);
