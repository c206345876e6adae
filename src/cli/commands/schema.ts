import type { Command } from 'commander';
import { overlayFile } from '../../engine/pipeline/index.ts';
import { draft7, recipeSchema } from '../../engine/recipe/schema.ts';
import type { Cli, CommonOptions } from '../cli.ts';
import { examples } from '../examples.ts';
import { commonOptions } from '../options/general.ts';
import { printResult } from '../output/result.ts';

export function schema(command: Command, cli: Cli): void {
  commonOptions(command)
    .description('Prints the JSON Schema of recipes, put together from the declarations of every step, data source and target.')
    .option('--overlay', 'the schema of overlay files (*.overlay.json) instead')
    .action((options: CommonOptions & { overlay?: boolean }) => {
      const document = options.overlay ? { $schema: draft7, ...overlayFile } : recipeSchema();
      printResult(cli, 'schema', options, document, (schema) => JSON.stringify(schema, null, 2));
    });
  examples(command, 'lathe schema > recipe.schema.json', 'lathe schema --overlay --json');
}
