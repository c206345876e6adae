import type { ChainTarget } from '../chain/types.ts';

/** Several models on a computer: one file where they run one after another, a session and a thread each where they shall overlap. */
export const cpuChain = (target: string): ChainTarget => ({
  target,
  files: 'whole',
  schedule:
    'One file runs the models one after another with all cores. As a pipeline each model has a session and a thread of its own, and works on the next picture while the one behind it has this one: more pictures a second where one model alone leaves cores idle.',
  source: 'onnxruntime.ai/docs/performance/tune-performance/threading.html (a session may be run from several threads)',
  memory: [
    { name: 'main memory, weights of all models', holds: 'weights' },
    { name: 'main memory, activations in series', holds: 'largest' },
    { name: 'main memory, activations as a pipeline', holds: 'all' },
  ],
});

export const chain = cpuChain('cpu');
