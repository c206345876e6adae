import type { SparseSettings } from './plan.ts';

/** What is faster for the zeros, plainly: for the notes of a step. Sources: docs/guide/prune-sparse.md. */
export function whatRuns({ method, pattern, block }: Pick<SparseSettings, 'method' | 'pattern' | 'block'>, target: string): string {
  const here = target.startsWith('cpu')
    ? 'ONNX Runtime multiplies by zeros as by any number'
    : `${target} multiplies by zeros as by any number`;
  return `${here}: the model is smaller where it is stored compressed, and no faster there. ${whatIsFaster(method, pattern, block)}`;
}

function whatIsFaster(method: SparseSettings['method'], pattern: string, block: readonly number[]): string {
  const ethos = 'Arm Ethos-U reads its weights compressed and is faster where they are what it waits for.';
  if (method === 'n-m')
    return pattern === '2:4'
      ? 'NVIDIA GPUs from Ampere on have kernels for 2:4 (TensorRT with sparse weights allowed).'
      : `No common runtime has kernels for ${pattern}; 2:4 is what NVIDIA GPUs read.`;
  const known = method === 'weights' || (block[1] === 1 && [2, 4].includes(block[0]!));
  return known ? `XNNPACK (TensorFlow Lite) has sparse kernels for 1×1 convolutions of two thirds zeros and more. ${ethos}` : ethos;
}
