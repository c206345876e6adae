import { statSync } from 'node:fs';
import path from 'node:path';
import { scanModel } from '../../../src/engine/onnx/scan.ts';
import { ModelReader } from '../../../src/extension/editor/model-view.ts';

// Run by host.ts in a process of its own: what opening a model adds to an extension host that has loaded the code.
const file = process.argv[2]!;
const resident = (): number => {
  (globalThis as { gc?(): void }).gc?.();
  return process.memoryUsage.rss();
};
const before = resident();
const reader = new ModelReader(await scanModel(file), { name: path.basename(file), bytes: statSync(file).size });
const shown = [reader.view(), reader.drawable(), await reader.overlays()];
const mebibytes = (resident() - before) / 2 ** 20;
process.stdout.write(`${JSON.stringify({ mebibytes, parts: shown.length })}\n`);
