import path from 'node:path';
import { Option, type Command } from 'commander';
import { bytes } from '../../protocol/format.ts';
import type { Cli } from '../cli.ts';
import { examples, sample } from '../examples.ts';
import { runJob } from '../job.ts';
import { jobOptions, type JobOptions } from '../options/general.ts';
import { shownPath } from '../output/paths.ts';
import { printResult } from '../output/result.ts';
import { givenModel } from '../recipe-model.ts';

interface ExportOptions extends JobOptions {
  format: string;
  output?: string;
}

export function exportCommand(command: Command, cli: Cli): void {
  command
    .description(
      'Writes a model as another container. xmodel: the quantized XIR graph (*_int.xmodel) that vai_c_xir compiles for a DPU, from a model quantized with --target zcu104. onnx: one file with its weights inside. float: the same as float operators, for compilers that quantize by themselves.',
    )
    .argument('<model>', 'the ONNX model, or a recipe: its model, or its chain as one')
    .addOption(new Option('--format <name>', 'what to write').choices(['xmodel', 'onnx', 'float']).makeOptionMandatory())
    .option('-o, --output <file>', 'where to; by default beside the model');
  jobOptions(command).action(async (model: string, options: ExportOptions) => {
    const output = options.output === undefined ? {} : { output: path.resolve(cli.cwd, options.output) };
    const { file } = await givenModel(cli, model, options);
    const result = await runJob(cli, { kind: 'export', model: file, format: options.format, ...output }, options);
    if (!options.quiet) for (const warning of result.warnings) cli.stderr.write(`warning: ${warning}\n`);
    printResult(
      cli,
      'export',
      options,
      result,
      (document, style) => `${style.bold(shownPath(document.output.path, cli.cwd))}  ${bytes(document.output.bytes)}`,
    );
  });
  examples(
    command,
    `lathe quantize ${sample.model} --target zcu104 --calibration ${sample.train} -o board.onnx && lathe export board.onnx --format xmodel`,
    'lathe export board.onnx --format xmodel -o board_int.xmodel --json',
  );
}
