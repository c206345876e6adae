import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { scanModel } from '../../../src/engine/onnx/scan.ts';
import { ModelReader, problemOf } from '../../../src/extension/editor/model-view.ts';
import { itWithZoo } from '../../support/zoo.ts';

const modelsBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.onnx'))
    .map((file) => path.join(folder, file));

/** What the editor does with a file: a view with details, or one sentence. */
async function open(file: string): Promise<string> {
  const name = path.basename(file);
  try {
    const reader = new ModelReader(await scanModel(file), { name, bytes: statSync(file).size });
    const view = reader.view();
    for (const layer of view.layers.slice(0, 50)) expect(reader.detail(layer.index).name).toBe(layer.name);
    structuredClone(view); // as it goes to the webview
    return 'shown';
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    const { message } = problemOf(error, name);
    expect(message).toMatch(/cannot be shown: \S/);
    return message;
  }
}

describe('the model editor’s view', () => {
  itWithZoo('opens or refuses every odd, broken and hostile file without hanging', async (zoo) => {
    for (const file of modelsBelow(path.join(zoo, 'oddities'))) {
      const before = process.cpuUsage();
      await open(file);
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1e6, file).toBeLessThan(30);
    }
  });

  itWithZoo('shows every real model with its costs', async (zoo) => {
    for (const file of modelsBelow(path.join(zoo, 'models'))) expect(await open(file), file).toBe('shown');
  });
});
