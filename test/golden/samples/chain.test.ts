import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawSheet, runTutorial, sheetFile, tried, type Stage, type Tutorial } from '../../../samples/chain/tutorial.ts';
import { decodePicture } from '../../../src/engine/data/formats/index.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { root } from '../../support/lathe.ts';

/** The whole of samples/chain: in float, each model rounded alone, both trained as one; and what the guide says of it. */
const work = mkdtempSync(path.join(os.tmpdir(), 'lathe-sample-chain-'));
let tutorial: Tutorial;
let stages: Record<'dark' | 'float' | 'alone' | 'joint', Stage>;

beforeAll(async () => {
  tutorial = await runTutorial(work, tried.slice(0, 1));
  const [dark, float, alone, joint] = tutorial.stages as [Stage, Stage, Stage, Stage];
  stages = { dark, float, alone, joint };
});
afterAll(() => rmSync(work, { recursive: true }));

// Of 75 shapes; measured 8, 74, 65 and 71. Other processors add in another order.
it('finds next to nothing in the dark without the first model, and all but one or two with it', () => {
  expect(stages.dark.found).toBeLessThan(15);
  expect(stages.float.found).toBeGreaterThanOrEqual(72);
  expect(stages.float.false).toBeLessThanOrEqual(8);
});

it('loses shapes where each model is rounded alone, and finds most of them again where both are trained as one', () => {
  expect(stages.joint.found).toBeGreaterThan(stages.alone.found);
  expect(stages.joint.found).toBeGreaterThanOrEqual(68);
  expect(stages.joint.ap50).toBeGreaterThan(stages.alone.ap50 + 4);
  expect(stages.joint.weightBytes).toBe(stages.alone.weightBytes);
  expect(stages.joint.weightBytes).toBeLessThan(stages.float.weightBytes / 6);
});

it('leaves both models by themselves as well, with the weights of the whole', async () => {
  const folder = path.join(tutorial.joint.run, 'models');
  const whole = await readModel(path.join(folder, 'chain_joint.onnx'));
  for (const alias of ['restore', 'detect']) {
    const part = await readModel(path.join(folder, `${alias}_joint.onnx`));
    for (const { name } of part.graph.nodes) expect(name).not.toMatch(/^(restore|detect|seam):/);
    for (const [name, tensor] of part.graph.initializers) {
      const same = whole.graph.initializers.get(`${alias}:${name}`);
      if (same) expect(tensor.toFloat64()).toEqual(same.toFloat64());
    }
  }
});

it('is what the guide says and shows', async () => {
  const guide = readFileSync(path.join(root, 'docs/guide/restore-then-detect.md'), 'utf8');
  for (const { title, found, total } of tutorial.stages) {
    const said = new RegExp(`\\| ${title} +\\| (\\d+) of ${total} `).exec(guide);
    expect(Math.abs(Number(said?.[1]) - found), title).toBeLessThanOrEqual(3);
  }
  const recipe = readFileSync(path.join(root, 'samples/chain/chain.compress.yaml'), 'utf8').replace(/^#.*\n/gm, '');
  expect(guide).toContain(recipe.trim());
  const [fresh, kept] = [await drawSheet(tutorial), (await decodePicture(readFileSync(sheetFile))).picture];
  expect([kept.width, kept.height]).toEqual([fresh.width, fresh.height]);
  const differences = fresh.data.reduce((sum: number, value, i) => sum + Math.abs(value - kept.data[i]!), 0);
  // Grey levels of 255, in the mean: a box that is elsewhere counts about 0.1.
  expect(differences / fresh.data.length).toBeLessThan(2);
});
