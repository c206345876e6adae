import type { Context } from '../base/context.ts';
import type { LoadedSample } from '../data/types.ts';
import type { Model } from '../onnx/graph.ts';
import type { Runtime, Session } from '../runtime/runtime.ts';
import { pictureFeeder } from '../statistics/feed.ts';
import type { Outputs } from './metric.ts';
import { firstOfBatch } from './outputs.ts';

/** A model that answers for one sample at a time. Batches would save a tenth at best (ResNet-20) and cost at worst a half (MobileNetV1). */
export interface Runner {
  outputs(sample: LoadedSample): Promise<Outputs>;
  dispose(): Promise<void>;
}

/** Loads a model for evaluation, from its file or its bytes. `optimize: 'none'` computes QuantizeLinear and DequantizeLinear as they are written. */
export async function openRunner(
  file: string | Uint8Array,
  model: Model,
  optimize: 'all' | 'none',
  { runtime, context }: { runtime: Runtime; context: Context },
): Promise<Runner> {
  const feed = pictureFeeder(model);
  const session: Session = await runtime.load(typeof file === 'string' ? { path: file } : file, { optimize, threads: context.threads });
  const [input] = model.graph.requiredInputs;
  const first = input?.type?.kind === 'tensor' ? input.type.shape?.[0] : undefined;
  const rank = input?.type?.kind === 'tensor' ? input.type.shape?.length : undefined;
  return {
    async outputs(sample) {
      const batch = rank === sample.input.dims.length + 1 && typeof first === 'number' ? first : 1;
      return firstOfBatch(await session.run(feed(sample)), batch);
    },
    dispose: () => session.dispose(),
  };
}

/** Whether the model has quantization written as QuantizeLinear and DequantizeLinear, which the runtime may fuse or compute as written. */
export const isQdq = (model: Model): boolean => model.graph.nodes.some(({ op }) => op === 'DequantizeLinear');
