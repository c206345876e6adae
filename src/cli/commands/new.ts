import { existsSync } from 'node:fs';
import path from 'node:path';
import { Type } from '@sinclair/typebox';
import { Argument, type Command } from 'commander';
import { architectures } from '../../engine/architectures/index.ts';
import { newModelSettings, type NewModelSettings } from '../../engine/architectures/settings.ts';
import { writeNewModel } from '../../engine/architectures/write.ts';
import { nearest, suggestion } from '../../engine/recipe/nearest.ts';
import { bytes, count, shape } from '../../protocol/format.ts';
import type { Cli, CommonOptions } from '../cli.ts';
import { examples } from '../examples.ts';
import { wrongCall } from '../failure.ts';
import { commonOptions } from '../options/general.ts';
import { settingOptions } from '../options/settings.ts';
import { shownPath } from '../output/paths.ts';
import { printResult } from '../output/result.ts';
import { facts } from '../output/table.ts';

interface NewOptions extends CommonOptions {
  output?: string;
}

const names = architectures.map(({ name }) => name);
const list = architectures.map(({ name, summary }) => `  ${name.padEnd(20)}${summary}`).join('\n');

export function newCommand(command: Command, cli: Cli): void {
  const settings = settingOptions(command, {
    name: 'new',
    summary: 'an untrained model',
    parameters: Type.Omit(newModelSettings, ['new']),
  });
  commonOptions(command)
    .description(
      'Writes an untrained ONNX model of a named architecture, with first weights as its authors draw them: opset 21, any number of pictures at once. Train it with `lathe train`, or make it the student of `lathe distill`.',
    )
    .addArgument(new Argument('<architecture>', 'see below').argParser(known))
    .option('-o, --output <file>', 'the file; by default <architecture>.onnx')
    .action(async (architecture: string, options: NewOptions) => {
      const file = path.resolve(cli.cwd, options.output ?? `${architecture}.onnx`);
      if (options.output === undefined && existsSync(file))
        throw wrongCall('exists', `there is a ${path.basename(file)} already`, 'Name another file: -o FILE.onnx.');
      const asked = { ...settings(), new: architecture } as NewModelSettings;
      const document = await writeNewModel(asked, file, cli.signal);
      if (!options.quiet) for (const warning of document.warnings) cli.stderr.write(`warning: ${warning}\n`);
      printResult(cli, 'new', options, document, (made, style) =>
        facts(
          [
            ['model', `${style.bold(shownPath(made.output.path, cli.cwd))}  ${bytes(made.output.bytes)}`],
            ['input', made.inputs.map((value) => shape(value.shape)).join(', ')],
            ['output', made.outputs.map((value) => shape(value.shape)).join(', ')],
            ['parameters', count(made.parameters)],
            ['MACs', made.macs === null ? '?' : `${count(made.macs)} for one picture`],
          ],
          style,
        ),
      );
    });
  command.addHelpText('after', `\nArchitectures:\n${list}`);
  examples(
    command,
    'lathe new resnet20 --classes 10 --input 3,32,32 --width 0.5 -o student.onnx',
    'lathe new mobilenetv2 --classes 37 -o teacher.onnx --json',
  );
}

function known(name: string): string {
  if (names.includes(name)) return name;
  const near = suggestion(nearest(name, names));
  throw wrongCall('architecture', `there is no architecture ${JSON.stringify(name.slice(0, 80))}${near}`, `There are ${names.join(', ')}.`);
}
