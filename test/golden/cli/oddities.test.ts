import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect } from 'vitest';
import { buildLathe, latheJson } from '../../support/lathe.ts';
import { itWithZoo } from '../../support/zoo.ts';

interface Oddity {
  file: string;
  category: string;
  why: string;
}

beforeAll(buildLathe);

/** Categories of files that no tool could use; ONNX Runtime refuses them as well, or they try to leave their folder. */
const refused = new Set(['bad-bytes', 'hostile']);
/** Files that are fine in spite of their folder: ONNX nodes may stand in any order for Lathe, which sorts them. */
const fine = new Set(['invalid/not_topologically_sorted.onnx', 'external/ok.onnx']);

itWithZoo('inspect opens or refuses every odd file as it should: one JSON document, exit code 0 or 2', (zoo) => {
  const folder = path.join(zoo, 'oddities');
  const oddities = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as Oddity[];
  for (const { file, category } of oddities) {
    const { code, document, stderr } = latheJson(['inspect', path.join(folder, file)]);
    const broken = refused.has(category) || /^(invalid|external)\//.test(file);
    expect(code, `${file}: ${stderr}`).toBe(broken && !fine.has(file) ? 2 : 0);
    if (code === 0) expect(document, file).toHaveProperty('layers');
    else {
      const error = document['error'] as Record<string, unknown>;
      expect(error['file'], file).toBe(path.join(folder, file));
      expect(String(error['message']).length, file).toBeGreaterThan(10);
    }
  }
});
