import { throwIfCancelled } from '../../base/errors.ts';
import { cloneModel } from '../../onnx/clone.ts';
import { encodeModel } from '../../onnx/codec.ts';
import type { Model, Node } from '../../onnx/graph.ts';
import type { Shapes } from '../../ops/infer.ts';
import { pictureFeeder } from '../../statistics/feed.ts';
import type { ForLayer } from '../layer-settings.ts';
import { writeDpuConstants } from '../rewrites/dpu-constants.ts';
import type { QuantizeDependencies } from '../types.ts';

/** Pictures on which the change is measured. */
const measured = 8;

/**
 * Writes the board's constants into the float model and measures on the first calibration pictures what that alone does to its outputs.
 * Returns sentences for the report; empty where nothing had to change. Throws what running the model throws, and Cancelled.
 */
export async function boardConstants(
  model: Model,
  shapes: Shapes,
  forLayer: (node: Node) => ForLayer,
  dependencies: QuantizeDependencies,
): Promise<string[]> {
  const before = cloneModel(model);
  const changes = writeDpuConstants(model.graph, shapes, forLayer);
  if (changes.size === 0) return [];
  const list = [...changes].map(([what, count]) => (count === 1 ? what : `${what} (${count} times)`)).join(', ');
  const ratio = await signalToChange(before, model, dependencies);
  const cost = ratio === undefined ? '' : ` This alone leaves the outputs ${describe(ratio)} on the first calibration pictures.`;
  const notes = [`Constants of the DPU: ${list}.${cost}`];
  if (changes.has('HardSigmoid for Sigmoid') && ratio !== undefined && ratio < usefulRatio) {
    notes.push(
      'HardSigmoid in place of Sigmoid changes this model a lot: fine-tune it with HardSigmoid, or keep Sigmoid on the CPU (exclude: [Sigmoid]).',
    );
  }
  return notes;
}

/** Below this many dB a change of an activation is likely to cost accuracy. */
const usefulRatio = 20;

const describe = (ratio: number): string => (ratio === Infinity ? 'as they are' : `${ratio.toFixed(1)} dB from what they were`);

/** 10 log10 of the outputs' squares over the squares of their change; undefined without pictures. Two sessions and one picture in memory. */
async function signalToChange(
  before: Model,
  after: Model,
  { dataset, runtime, context }: QuantizeDependencies,
): Promise<number | undefined> {
  if (!dataset?.samples.length) return undefined;
  const feed = pictureFeeder(before);
  const options = { optimize: 'none', threads: context.threads } as const;
  const first = await runtime.load(encodeModel(before), options);
  try {
    const second = await runtime.load(encodeModel(after), options);
    try {
      let [signal, change] = [0, 0];
      for await (const sample of dataset.stream({ signal: context.signal, to: Math.min(measured, dataset.samples.length) })) {
        throwIfCancelled(context.signal);
        const feeds = feed(sample);
        const [was, is] = [await first.run(feeds), await second.run(feeds)];
        for (const [name, { data }] of Object.entries(was)) {
          const changed = is[name]?.data;
          if (!(data instanceof Float32Array) || !(changed instanceof Float32Array)) continue;
          data.forEach((value, i) => {
            signal += value * value;
            change += (value - changed[i]!) ** 2;
          });
        }
      }
      return change === 0 ? Infinity : 10 * Math.log10(signal / change);
    } finally {
      await second.dispose();
    }
  } finally {
    await first.dispose();
  }
}
