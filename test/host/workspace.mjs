import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bundled } from './bundled.mjs';

const root = path.join(import.meta.dirname, '../..');

/** Layers of the model that shows whether long ones open at once. */
export const longModelLayers = 12_000;

/** A folder to open, new for each run: the sample model with its pictures, a broken, a hostile and a very long model. */
export async function makeWorkspace() {
  const { hostileModel, longModel } = await loadModels();
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-workspace-'));
  const folder = path.join(temporary, 'vision'); // a name fit for pictures in the docs
  fs.mkdirSync(folder);
  const write = (name, contents) => fs.writeFileSync(path.join(folder, name), contents);
  const sample = path.join(root, 'samples/shapes');
  // The recipe for boards is brought by the test that is about them.
  fs.cpSync(sample, path.join(folder, 'shapes'), { recursive: true, filter: (file) => !/\.ts$|board\.compress\.yaml$/.test(file) });
  write('broken.onnx', 'this is no model');
  write('hostile.onnx', hostileModel());
  write('long.onnx', longModel(longModelLayers));
  /** A second folder, under a name that needs care, with a model in it; returns the workspace file of both. */
  const addFolder = () => {
    const second = path.join(folder, 'more/zweiter Ordner & öfter');
    fs.mkdirSync(second, { recursive: true });
    fs.copyFileSync(path.join(folder, 'shapes/model.onnx'), path.join(second, 'net.onnx'));
    fs.mkdirSync(path.join(folder, 'first'));
    const file = path.join(folder, 'both.code-workspace');
    fs.writeFileSync(file, JSON.stringify({ folders: [{ path: 'first' }, { path: 'more/zweiter Ordner & öfter' }] }));
    return file;
  };
  return { folder, addFolder, remove: () => fs.rmSync(temporary, { recursive: true, force: true, maxRetries: 5 }) };
}

/** test/host/models.ts, bundled. */
export const loadModels = () => bundled('test/host/models.ts', 'host-models');
