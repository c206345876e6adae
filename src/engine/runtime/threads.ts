import type { Model } from '../onnx/graph.ts';
import { modelCost } from '../ops/cost.ts';
import { inferShapes } from '../ops/infer.ts';

/**
 * Multiply-adds of one picture from which a second thread saves time. Below, waking it costs as much as it computes: ResNet-20 (41 million)
 * takes as long with two threads as with one and 1.6 times the processor time (ONNX Runtime 1.30, pictures one at a time).
 */
const worthThreads = 100e6;

/** How many of `threads` are worth using when pictures go through the model one at a time; all while dimensions beside the batch are free. */
export function threadsFor(model: Model, threads: number): number {
  if (threads === 1) return 1;
  const { macs } = modelCost(model, inferShapes(model));
  return macs !== null && macs < worthThreads ? 1 : threads;
}
