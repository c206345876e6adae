import type { ChainTarget } from '../chain/types.ts';

/** Several models on a GPU. */
export const chain: ChainTarget = {
  target: 'tensorrt',
  files: 'whole',
  schedule:
    'One engine for the whole lets TensorRT fuse across the models and keeps everything between them on the GPU. Several streams, each with an execution context, work on different pictures where one leaves the GPU idle.',
  source: 'docs.nvidia.com/deeplearning/tensorrt, "Best practices for performance" (streams, one execution context each)',
  memory: [
    { name: 'GPU memory, weights of all models', holds: 'weights' },
    { name: 'GPU memory, activations of a stream', holds: 'largest' },
  ],
};
