import { describe, expect, it } from 'vitest';
import { checkFormats } from '../../../src/engine/pipeline/formats-stage.ts';
import type { ResolvedRecipe } from '../../../src/engine/recipe/types.ts';

const recipe = (target: string, steps: readonly string[], formats: readonly string[]): ResolvedRecipe =>
  ({ file: 'a.compress.yaml', target, steps: steps.map((step) => ({ step })), output: { formats } }) as unknown as ResolvedRecipe;

describe('formats that a recipe asks for', () => {
  it.each([
    ['onnx for any target', recipe('cpu', ['prune'], ['onnx']), undefined],
    ['an xmodel of a model quantized for the DPU', recipe('zcu104', ['prune', 'quantize'], ['onnx', 'xmodel']), undefined],
    ['an xmodel of a model trained with rounding', recipe('zcu104', ['qat'], ['xmodel']), undefined],
    ['an xmodel for another target', recipe('cpu', ['quantize'], ['xmodel']), /the target cpu has no DPU/],
    ['an xmodel of a float model', recipe('zcu104', ['prune'], ['xmodel']), /no step quantizes the model/],
  ])('%s', (_, given, message) => {
    if (message) expect(() => checkFormats(given)).toThrow(message);
    else expect(() => checkFormats(given)).not.toThrow();
  });
});
