import path from 'node:path';
import type { Command } from 'commander';
import { bytes } from '../../protocol/format.ts';
import type { Cli } from '../cli.ts';
import { examples } from '../examples.ts';
import { runJob } from '../job.ts';
import { jobOptions, type JobOptions } from '../options/general.ts';
import { shownPath } from '../output/paths.ts';
import { printResult } from '../output/result.ts';
import { readRecipe } from '../recipe-model.ts';

interface ComposeOptions extends JobOptions {
  output?: string;
}

export function compose(command: Command, cli: Cli): void {
  command
    .description(
      "Writes the models of a recipe's chain as one: names with `ALIAS:` before them, what lies between two models as nodes of `seam:ALIAS`. Without -o the file is kept beside the run folders, where every command that is given the recipe finds it.",
    )
    .argument('<recipe>', 'a recipe (*.compress.yaml) with a chain')
    .option('-o, --output <file>', 'where one more copy goes');
  jobOptions(command).action(async (recipe: string, options: ComposeOptions) => {
    const resolved = await readRecipe(cli, recipe, options);
    const output = options.output === undefined ? {} : { output: path.resolve(cli.cwd, options.output) };
    const result = await runJob(cli, { kind: 'compose', recipe: { resolved }, ...output }, options);
    printResult(
      cli,
      'compose',
      options,
      result,
      (document, style) => `${style.bold(shownPath(document.output.path, cli.cwd))}  ${bytes(document.output.bytes)}`,
    );
  });
  examples(
    command,
    'lathe compose samples/chain/chain.compress.yaml',
    'lathe compose samples/chain/chain.compress.yaml -o chain.onnx --json',
  );
}
