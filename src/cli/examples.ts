import type { Command } from 'commander';

/** Every command's help ends with calls that work in a checkout of Lathe, on the sample that comes with it. */
export function examples(command: Command, ...lines: readonly string[]): void {
  command.addHelpText('after', `\nExamples (they work on the samples):\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

export const sample = {
  model: 'samples/shapes/model.onnx',
  recipe: 'samples/shapes/shapes.compress.yaml',
  train: 'samples/shapes/pictures/train',
  test: 'samples/shapes/pictures/test',
} as const;
