import { sample } from '../examples.ts';
import { stepCommand } from './step.ts';

/** `lathe fit MODEL --target zcu104`: layers that a board refuses are rewritten. */
export const fit = stepCommand('fit', {
  examples: [`--target zcu104 -o fitted.onnx`, `--target zcu104 --fixes all --test ${sample.test}`],
});
