import type { Rule } from './rule.ts';

/** Boxes that nobody says how to read. */
export const missingDecode: Rule = {
  kinds: [
    {
      code: 'recipe.missing-decode',
      severity: 'error',
      title: 'A detector whose outputs cannot be read',
      text: 'Detectors differ in how their outputs become boxes. `data.test.decode.kind` says whose they are like.',
      example: 'task: detection\ndata:\n  test: { path: pictures, labels: boxes.json }',
    },
  ],
  *check({ recipe, task, unsure }) {
    const test = recipe.data?.test;
    const path = ['data', 'test'];
    if (task !== 'detection' || !test || test.decode || unsure([...path, 'decode'])) return;
    const message = 'detection needs data.test.decode: how the outputs become boxes (kind: yunet, yolov5 or yolov8)';
    const fixes = ['yunet', 'yolov5', 'yolov8'].map((kind) => ({
      title: `Read them as ${kind}`,
      changes: [{ kind: 'set' as const, path: [...path, 'decode'], value: { kind } }],
    }));
    yield { path, at: 'key', severity: 'error', code: 'recipe.missing-decode', message, fixes };
  },
};
