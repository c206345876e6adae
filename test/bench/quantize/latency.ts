import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { RuntimeTensor, Session } from '../../../src/engine/runtime/runtime.ts';
import { type BenchContext, measured, median } from '../measure.ts';
import { type BenchModel, benchModels, recipeOf } from '../models.ts';
import { peers } from '../peers.ts';
import { runRecipe } from '../run-recipe.ts';
import { runPeerRow } from './peer.ts';

/** Pictures for ranges: enough for a file whose speed is measured, not its score. */
const pictures = 16;

/** Time of one picture, one thread: our int8 file, the float model, and what ONNX Runtime's own quantizer writes, in turn. */
export async function latency(bench: BenchContext): Promise<void> {
  for (const model of benchModels) {
    const name = `latency ${model.name}`;
    await measured(bench, name, () => latencyOf(bench, name, model));
  }
}

async function latencyOf(bench: BenchContext, name: string, model: BenchModel): Promise<void> {
  const count = model.name === 'yunet' ? 4 : pictures;
  const { model: ours } = await runRecipe(bench, recipeOf(bench.zoo!, model, { calibration: { count }, test: false }));
  const files = [ours, path.join(bench.zoo!, model.model)];
  if (bench.peers) {
    // The same kernels on both sides: where our weights are uint8, its are too.
    const weight = readFileSync(ours).includes('"weights":"uint8"') ? 'u8' : 's8';
    const settings = { activation: 'u8', weight, perChannel: 1, opset: 13 };
    files.push((await runPeerRow(bench, model, { tool: 'onnxruntime', method: 'MinMax', settings }, count)).file);
  }
  const [int8, float, peer] = await timeFiles(files);
  bench.report({
    name: `${name}, int8 / float`,
    value: int8! / float!,
    unit: 'ratio',
    note: `int8 ${int8!.toFixed(3)} ms, float ${float!.toFixed(3)} ms; 1 thread, median of 50, alternating`,
  });
  if (peer === undefined) return;
  bench.report({
    name: `${name}, int8`,
    value: int8!,
    unit: 'ms',
    goal: '<= 1.03 of the peer',
    ok: int8! <= 1.03 * peer,
    peer: { name: `${peers.onnxruntime.name} file`, version: peers.onnxruntime.version, value: peer },
    ratio: int8! / peer,
    note: '1 thread, median of 50, alternating',
  });
}

/** Medians in milliseconds. */
async function timeFiles(files: readonly string[]): Promise<number[]> {
  const runtime = await createOrtRuntime();
  const sessions: Session[] = [];
  for (const file of files) sessions.push(await runtime.load({ path: file }, { optimize: 'all', threads: 1 }));
  const input = sessions[0]!.inputs[0]!;
  const dims = input.shape.map((dim, axis) => (typeof dim === 'number' ? dim : axis < 2 ? 1 : 128));
  const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i));
  const feeds: Record<string, RuntimeTensor> = { [input.name]: { type: input.type, dims, data } };
  const times = sessions.map(() => [] as number[]);
  for (let round = 0; round < 60; round++) {
    for (const [i, session] of sessions.entries()) {
      const start = performance.now();
      await session.run(feeds);
      if (round >= 10) times[i]!.push(performance.now() - start);
    }
  }
  for (const session of sessions) await session.dispose();
  return times.map(median);
}
