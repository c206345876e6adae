import path from 'node:path';
import type { BenchContext } from '../measure.ts';
import type { BenchModel } from '../models.ts';
import { peers } from '../peers.ts';
import { measureProcess } from '../process.ts';
import type { PeerCost } from './peer.ts';

export const ortQuantizer = peers.onnxruntime;

/** int8 weights per channel, uint8 activations: the same kernels as ours. */
export const plainTypes = { activation: 'u8', weight: 's8', perChannel: true };

/** Its names of our range estimators. */
export const ortMethods: Record<string, string> = { minmax: 'MinMax', entropy: 'Entropy', percentile: 'Percentile' };

/** ONNX Runtime's own quantizer on the same model and pictures; the file stays in the scratch folder. */
export async function runOrtQuantizer(
  bench: BenchContext,
  model: BenchModel,
  count: number,
  method: string,
  types: { activation: string; weight: string; perChannel: boolean },
  out: string,
): Promise<PeerCost> {
  const input = model.input as { mean: number[]; std: number[]; scale: string | number; color: string };
  const cost = await measureProcess(bench.peers!.python('onnxruntime'), [
    'test/bench/peers/quantize_onnxruntime.py', path.join(bench.zoo!, model.model), path.join(bench.zoo!, model.calibration['path'] as string),
    String(count), method, types.activation, types.weight, types.perChannel ? '1' : '0', out, '32', input.mean.join(','), input.std.join(','), String(input.scale), input.color,
  ]); // prettier-ignore
  return JSON.parse(cost.stdout.trim().split('\n').pop()!) as PeerCost;
}
