import { targets } from '../../targets/index.ts';
import type { Rule } from './rule.ts';

/** A container that only one family of boards reads. */
export const formatTarget: Rule = {
  kinds: [
    {
      code: 'recipe.format-target',
      severity: 'warning',
      title: 'A file format that the target has no use for',
      text: 'An `.xmodel` holds a model in the arithmetic of AMD’s DPU, as its compiler takes it: scales that are powers of two, no zero points. A model that was quantized for another target cannot be written so.',
      example:
        'target: cpu\ndata:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  calibration: { path: pictures }\nsteps:\n  - quantize: {}\noutput: { formats: [onnx, xmodel] }',
    },
  ],
  *check({ recipe, target, unsure }) {
    const formats: unknown = recipe.output?.formats;
    if (!Array.isArray(formats) || unsure(['target']) || target.fixPositions === 'dpu') return;
    const index = formats.indexOf('xmodel');
    if (index < 0) return;
    const board = targets.find(({ fixPositions }) => fixPositions === 'dpu')!.name;
    yield {
      path: ['output', 'formats', index],
      at: 'value',
      severity: 'warning',
      code: 'recipe.format-target',
      message: `only a model for a DPU can be an xmodel, and this one is for ${target.name}`,
      fixes: [
        { title: 'Write no xmodel', changes: [{ kind: 'remove', path: ['output', 'formats', index] }] },
        { title: `Set target: ${board}`, changes: [{ kind: 'set', path: ['target'], value: board }] },
      ],
    };
  },
};
