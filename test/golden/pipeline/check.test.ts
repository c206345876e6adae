import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runJob, type JobDeps } from '../../../src/engine/api.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { verdicts } from '../../../src/engine/targets/verdicts.ts';
import type { CheckDocument } from '../../../src/protocol/results/board.ts';
import { root } from '../../support/lathe.ts';
import { itWithZoo } from '../../support/zoo.ts';

const deps: JobDeps = { context: plainContext(), onProgress: () => {}, onRunFolder: () => {} };
const sample = path.join(root, 'samples/shapes/model.onnx');
const check = (
  model: string,
  target: string,
  more: { architecture?: string; shapes?: Record<string, number[]> } = {},
): Promise<CheckDocument> => runJob({ kind: 'check', model, target, ...more }, deps);

describe('the job check', () => {
  it('has the whole sample on the DPU, in one sub-graph', async () => {
    const document = await check(sample, 'zcu104');
    expect(document.nodes.every(({ verdict, device }) => verdict === 'yes' && device === 'DPU')).toBe(true);
    expect(document.subgraphs.map(({ device }) => device)).toEqual(['USER', 'DPU', 'CPU']);
    expect(document.macs.accelerator).toBe(document.macs.all);
    expect(document.subgraphs[1]!.macs).toBe(document.macs.all);
    // One byte an element on either side of the DPU.
    expect(document.transfers.map(({ bytes }) => bytes)).toEqual([3 * 32 * 32, 10]);
    expect(document.warnings.join()).toContain('quantize it');
  });

  it('gives figures that add up, and the same answer twice', async () => {
    for (const { target } of verdicts) {
      const document = await check(sample, target.name);
      expect(await check(sample, target.name)).toEqual(document);
      expect(document.subgraphs.reduce((sum, { macs }) => sum + macs!, 0)).toBe(document.macs.all);
      expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    }
  });

  it.each([
    ['no-such-board', {}, 'check.target'],
    ['zcu104', { architecture: 'DPUCZDX8G_ISA9' }, 'check.architecture'],
    ['zcu104', { shapes: { nothing: [1] } }, 'model.bind'],
  ])('refuses %s %j', async (target, more, code) => {
    await expect(check(sample, target, more)).rejects.toMatchObject({ code });
  });

  itWithZoo('finds the vendor’s own quantized model right, and its heads on the CPU', async (zoo) => {
    const { quantization, subgraphs, nodes } = await check(path.join(zoo, 'vitis/RetinaFace_int.onnx'), 'zcu104');
    expect(quantization).toEqual([]);
    expect(subgraphs.map(({ device }) => device)).toEqual(['USER', 'DPU', 'CPU', 'CPU', 'CPU']);
    expect([...new Set(nodes.filter(({ device }) => device === 'CPU').map(({ op }) => op))].sort()).toEqual([
      'Concat',
      'Reshape',
      'Softmax',
      'Transpose',
    ]);
  });

  itWithZoo(
    'says of every real model, and of every hostile one, either where its nodes run or what is wrong with the file',
    async (zoo) => {
      const files = readdirSync(zoo, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.onnx'));
      const unreadable: string[] = [];
      for (const file of files) {
        for (const target of ['zcu104', 'cpu']) {
          const document = await check(path.join(zoo, file), target).catch((error: unknown) => {
            if (!(error instanceof LatheError)) throw error;
            unreadable.push(file);
            return undefined;
          });
          if (!document) continue;
          expect(document.subgraphs.flatMap(({ nodes }) => nodes).length, file).toBe(document.nodes.length);
          for (const { from, to } of document.transfers) expect(from, file).not.toBe(to);
        }
      }
      expect(
        unreadable.every((file) => /oddities.(bad|invalid|external)/.test(file)),
        unreadable.join('\n'),
      ).toBe(true);
      expect(files.length).toBeGreaterThan(50);
    },
    300_000,
  );
});
