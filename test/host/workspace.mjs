import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.join(import.meta.dirname, '../..');

/** A folder to open, new for each run: the sample model with its pictures, and a file that is no model. */
export async function makeWorkspace() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-workspace-'));
  const sample = path.join(root, 'samples/shapes');
  if (fs.existsSync(sample)) fs.cpSync(sample, path.join(folder, 'shapes'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'broken.onnx'), 'this is no model');
  return { folder, remove: () => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
}
