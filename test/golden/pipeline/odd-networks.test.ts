import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { formatError, LatheError } from '../../../src/engine/base/errors.ts';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { runJob } from '../../../src/engine/pipeline/jobs.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { AnalyzeDocument } from '../../../src/protocol/results/analyze.ts';
import type { NotQuantized } from '../../../src/protocol/results/common.ts';
import type { RunDocument } from '../../../src/protocol/results/run.ts';
import { oddNetworks, type OddNetwork } from '../../support/odd-networks.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lathe-odd-'));
});
afterAll(() => rm(folder, { recursive: true }));

const deps = { context: plainContext(), onProgress: () => {}, onRunFolder: () => {} };
const samples = 20;

/** Normal noise as a NumPy array, one sample a row; class numbers for a model that reads integers. */
function array(picture: readonly number[], integers: boolean): Buffer {
  const random = seededRandom(3, 'array');
  const size = samples * picture.reduce((a, b) => a * b, 1);
  const numbers = Array.from({ length: size }, () => random.normal());
  const body = integers ? BigInt64Array.from(numbers, (x) => BigInt(Math.min(9, Math.round(Math.abs(3 * x))))) : Float32Array.from(numbers);
  const text = `{'descr': '<${integers ? 'i8' : 'f4'}', 'fortran_order': False, 'shape': (${[samples, ...picture].join(', ')}), }`;
  const header = Buffer.from(`${text.padEnd(117)}\n`);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.from([118, 0]), header, Buffer.from(body.buffer)]);
}

/** The recipe as text, on files of its own. */
async function recipeFor(odd: OddNetwork, name: string, step: object): Promise<{ text: string; file: string; runs: string }> {
  const model = odd.model();
  const type = model.graph.inputs[0]!.type;
  await writeFile(path.join(folder, 'odd.onnx'), encodeModel(model));
  await writeFile(path.join(folder, 'data.npy'), array(odd.picture, type?.kind === 'tensor' && type.elementType === 7));
  const recipe = { version: 1, model: 'odd.onnx', task: 'none', data: { calibration: { path: 'data.npy' } }, steps: [step] };
  return { text: JSON.stringify(recipe), file: path.join(folder, `${name}.compress.json`), runs: path.join(folder, 'runs') };
}

async function attempt<T>(work: () => Promise<T>): Promise<T | LatheError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LatheError) return error;
    throw error;
  }
}

/** Names what is refused and why, in one message; or else the report names each layer that stays in float. */
function expectSaid(odd: OddNetwork, outcome: { notQuantized: readonly NotQuantized[] } | LatheError): void {
  if (odd.error) {
    expect(outcome).toBeInstanceOf(LatheError);
    expect(formatError(outcome as LatheError)).toMatch(odd.error.says);
    return;
  }
  if (outcome instanceof LatheError) throw outcome;
  for (const [name, reason] of Object.entries(odd.left ?? {})) {
    expect(outcome.notQuantized.find((row) => row.name === name)?.reason ?? 'not said', name).toMatch(reason);
  }
}

describe.each(oddNetworks.map((odd) => [odd.what, odd] as const))('a network with %s', (_, odd) => {
  it('is analyzed, searched and compressed automatically, or refused in one message', async () => {
    for (const method of ['tap', 'isolated', 'leave-one-out']) {
      const widths = [{ weights: 8, activations: 8 }] as const;
      const recipe = await recipeFor(odd, method, { quantize: {} });
      const found = await attempt(() => runJob({ kind: 'analyze', recipe, method, metric: 'sqnr', widths: [...widths] }, deps));
      expectSaid(odd, found instanceof LatheError ? found : { notQuantized: (found as AnalyzeDocument).notAnalyzed });
    }
    const budget = { kind: 'bytes', value: 60, percent: true } as const;
    const recipe = await recipeFor(odd, 'search', { quantize: {} });
    for (const work of [
      () => runJob({ kind: 'search', recipe, budget, method: 'greedy', widths: [4, 8] }, deps),
      async () => runJob({ kind: 'run', recipe: await recipeFor(odd, 'auto', { auto: { drop: 5 } }) }, deps),
    ]) {
      const found = (await attempt(work)) as RunDocument | LatheError;
      if (odd.unjudged) {
        expect(formatError(found as LatheError)).toMatch(odd.unjudged);
        continue;
      }
      expectSaid(odd, found);
      if (found instanceof LatheError) continue;
      const output = found.models.find(({ role }) => role === 'output')!;
      await (await (await createOrtRuntime()).load({ path: output.path }, { optimize: 'all', threads: 1 })).dispose();
    }
  }, 60_000);
});
