import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { formatError, LatheError } from '../../../src/engine/base/errors.ts';
import { checkRunnable } from '../../../src/engine/onnx/check.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { scanModel } from '../../../src/engine/onnx/scan.ts';
import { itWithZoo } from '../../support/zoo.ts';

interface Oddity {
  readonly file: string;
  readonly category: string;
  readonly onnxruntime_1_30: { readonly load: 'ok' | 'error'; readonly run?: 'ok' | 'error' };
}

/** What is opened although ONNX Runtime does not run it: for viewing; `checkRunnable` refuses it. */
const viewable = new Set(['opset', 'custom-op']);

/** No file may keep a reader this long, in milliseconds: a guard against hanging on a busy machine, not a speed. */
const hang = 30_000;

type Outcome = Model | LatheError;

async function outcome(read: (file: string) => Promise<Model>, file: string): Promise<Outcome> {
  const start = performance.now();
  try {
    return await read(file);
  } catch (error) {
    expect(error, `${file}: ${String(error)}`).toBeInstanceOf(LatheError);
    return error as LatheError;
  } finally {
    expect(performance.now() - start, file).toBeLessThan(hang);
  }
}

/** A refusal must say where: a byte, a node, or the name of the value in question. */
function expectUseful(error: LatheError, file: string): void {
  expect(error.exitCode, file).toBe(2);
  expect(error.place.file, file).toBe(file);
  const saysWhere = error.place.offset !== undefined || error.place.node !== undefined || /"|version|set \d|no outputs/.test(error.message);
  expect(saysWhere, formatError(error)).toBe(true);
}

describe('oddities', () => {
  itWithZoo('broken files are refused with a place and a reason, odd ones opened', async (zoo) => {
    const folder = path.join(zoo, 'oddities');
    const manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as Oddity[];
    expect(manifest.length).toBeGreaterThan(60);
    for (const { file, category, onnxruntime_1_30: runtime } of manifest) {
      const full = path.join(folder, file);
      const runs = runtime.load === 'ok' && runtime.run === 'ok';
      for (const read of [readModel, scanModel]) {
        const result = await outcome(read, full);
        if (result instanceof LatheError) {
          expect(runs || viewable.has(category), formatError(result)).toBe(false);
          expectUseful(result, full);
        } else if (!runs) {
          expect(viewable.has(category), `${file} was opened`).toBe(true);
          expect(() => checkRunnable(result), file).toThrow(LatheError);
        } else checkRunnable(result);
      }
    }
  });

  itWithZoo('paths out of the folder are never followed', async (zoo) => {
    const file = path.join(zoo, 'oddities/external/traversal.onnx');
    expect(existsSync('/etc/hostname') || process.platform !== 'linux').toBe(true);
    for (const read of [readModel, scanModel]) expect(await outcome(read, file)).toMatchObject({ code: 'model.external-path' });
  });

  itWithZoo('unsorted nodes are put in order and told', async (zoo) => {
    const model = await readModel(path.join(zoo, 'oddities/invalid/not_topologically_sorted.onnx'));
    expect(model.findings.map((finding) => finding.code)).toContain('graph.unsorted');
    expect(model.graph.isSorted()).toBe(true);
  });

  itWithZoo('operators of unknown domains are reported by name', async (zoo) => {
    const model = await scanModel(path.join(zoo, 'oddities/odd/custom_domain_op.onnx'));
    expect(model.findings).toEqual([
      expect.objectContaining({ code: 'model.custom-operator', message: expect.stringContaining('acme.ops::MyOp') }),
    ]);
  });
});
