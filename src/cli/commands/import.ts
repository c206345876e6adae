import path from 'node:path';
import { Option, type Command } from 'commander';
import { bytes } from '../../protocol/format.ts';
import type { ImportDocument } from '../../protocol/results/board.ts';
import type { Cli } from '../cli.ts';
import { examples } from '../examples.ts';
import { wrongCall } from '../failure.ts';
import { runJob } from '../job.ts';
import { jobOptions, wholeNumber, type JobOptions } from '../options/general.ts';
import { shownPath } from '../output/paths.ts';
import { printResult } from '../output/result.ts';
import type { Style } from '../output/style.ts';

interface ImportOptions extends JobOptions {
  output?: string;
  python?: string;
  architecture?: string;
  arguments?: Record<string, unknown>;
  shape?: number[][];
  opset?: number;
  trustCode?: boolean;
}

export function importCommand(command: Command, cli: Cli): void {
  command
    .description(
      'Turns a model of PyTorch, Keras, TensorFlow or TensorFlow Lite into ONNX, by the Python that you have: torch.onnx or tf2onnx in a process of its own. The result is compared with the framework on the same inputs. Weights are loaded without running code of the file; files that are code themselves only with --trust-code.',
    )
    .argument('<file>', '.pt, .pth, .pt2, .safetensors, .keras, .h5, .tflite, or a SavedModel folder')
    .option('-o, --output <file>', 'where to; by default beside the file')
    .option('--architecture <module:function>', 'what makes the network of weights alone: torchvision.models:resnet18')
    .addOption(new Option('--arguments <json>', 'its arguments: {"num_classes": 10}').argParser(mapOf))
    .addOption(new Option('--shape <sizes>', 'size of an input, once for each: 1,3,224,224').argParser(sizes))
    .addOption(new Option('--opset <n>', 'ONNX opset to write').argParser(wholeNumber('--opset', 11, 30)))
    .option('--python <program>', 'the Python to use; by default the active environment, then PATH')
    .option('--trust-code', 'the file may run code of its own: as safe as any program from the same source');
  jobOptions(command).action(async (file: string, options: ImportOptions) => {
    const from = path.resolve(cli.cwd, file);
    const output = options.output ?? `${from.replace(/\.[^./\\]+$/, '')}.onnx`;
    const { architecture, python, shape, opset } = options;
    const document = await runJob(
      cli,
      {
        kind: 'import',
        file: from,
        output: path.resolve(cli.cwd, output),
        // A path is one from here; a bare name is looked up in PATH.
        ...(python === undefined ? {} : { python: /[/\\]/.test(python) ? path.resolve(cli.cwd, python) : python }),
        ...(architecture === undefined ? {} : { architecture: { call: architecture, arguments: options.arguments ?? {} } }),
        ...(shape === undefined ? {} : { shapes: shape }),
        ...(opset === undefined ? {} : { opset }),
        trusted: options.trustCode ?? false,
      },
      options,
    );
    if (!options.quiet) for (const warning of document.warnings) cli.stderr.write(`warning: ${warning}\n`);
    printResult(cli, 'import', options, document, (result, style) => text(result, style, cli.cwd));
  });
  command.addHelpText(
    'after',
    [
      '',
      'With files of your own:',
      '  lathe import resnet18.pth --architecture torchvision.models:resnet18 --shape 1,3,224,224',
      '  lathe import detector.tflite -o detector.onnx',
    ].join('\n'),
  );
  // There is no file of another framework among the samples.
  examples(command, 'lathe import --help', 'lathe doctor');
}

function text({ output, source, tools, proof }: ImportDocument, style: Style, cwd: string): string {
  const by = Object.entries(tools).map(([name, version]) => `${name} ${version}`);
  const lines = [`${style.bold(shownPath(output.path, cwd))}  ${bytes(output.bytes)}`, `from a ${source}, by ${by.join(', ')}`];
  if (proof) lines.push(`outputs as the framework's: largest difference ${proof.maxAbs.toPrecision(2)} of ${proof.largest.toPrecision(3)}`);
  return lines.join('\n');
}

function sizes(given: string, before: number[][] = []): number[][] {
  const dims = given.split(',').map(Number);
  if (!/^\d+(,\d+)*$/.test(given) || dims.some((dim) => dim < 1 || dim > 2 ** 20) || dims.length > 8) {
    throw wrongCall('option-value', `--shape must be sizes as 1,3,224,224, not ${given}`);
  }
  return [...before, dims];
}

function mapOf(given: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(given);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // said below, as for JSON of another kind
  }
  throw wrongCall('option-value', `--arguments must be a JSON map as {"num_classes": 10}, not ${given}`);
}
