import path from 'node:path';
import type { Command } from 'commander';
import { verdicts } from '../../engine/targets/verdicts.ts';
import type { Cli } from '../cli.ts';
import { examples, sample } from '../examples.ts';
import { wrongCall } from '../failure.ts';
import { runJob } from '../job.ts';
import { jobOptions, type JobOptions } from '../options/general.ts';
import { bindShape } from '../options/shape.ts';
import { checkText } from '../output/check.ts';
import { fixedText } from '../output/fixed.ts';
import { printResult, widthOf } from '../output/result.ts';
import { givenModel } from '../recipe-model.ts';

interface CheckOptions extends JobOptions {
  target?: string;
  architecture?: string;
  strict?: boolean;
  shape?: Record<string, number[]>;
  fix?: string[];
  only?: string[];
  output?: string;
}

export function check(command: Command, cli: Cli): void {
  const names = verdicts.map(({ target }) => target.name);
  jobOptions(command)
    .description(
      'Says of each node where it runs on a board: on the accelerator, there if …, or not and why, with what to do about it; which sub-graphs the compiler will make, and which tensors go between them. Of a quantized model also what its scales and positions are wrong in. With --fix a rewritten copy is written that the board takes, proven by ONNX Runtime, and all is said of that. Of several models that run one after another also in which order and how side by side, what memory must hold, what goes between them, and how fast at best.',
    )
    .argument('<model>', 'an .onnx file, or a recipe (*.compress.yaml): its model, or the models of its chain as one')
    .option('--target <name>', `the board: ${names.join(', ')}; of a recipe by default its own`)
    .option('--architecture <name>', 'the accelerator by name or fingerprint, where the board may have several, e.g. DPUCZDX8G_ISA1_B4096')
    .option('--shape <input=sizes>', 'binds free dimensions, e.g. input=1,3,320,320; once for each input', bindShape)
    .option(
      '--fix <ids>',
      'applies fixes to a copy, by comma: exact (what changes nothing), all (also what has to be trained again), or names as --json offers them; cut-start and cut-end write NAME.pre.onnx and NAME.post.onnx',
      list,
    )
    .option('--only <layers>', 'with --fix: only at these layers, by comma', list)
    .option('-o, --output <file>', 'with --fix: where the copy goes')
    .option('--strict', 'exit code 3 when a node is refused, or a scale or position is wrong')
    .action(async (model: string, options: CheckOptions) => {
      const { file, recipe } = await givenModel(cli, model, options);
      const target = options.target ?? recipe?.target;
      if (target === undefined) throw wrongCall('option-missing', `required option '--target <name>' not specified: ${names.join(', ')}`);
      if (!names.includes(target)) throw wrongCall('option-value', `--target must be one of ${names.join(', ')}, not ${target}`);
      if (options.fix && options.output === undefined) throw wrongCall('option-missing', '--fix needs -o FIXED.onnx');
      if (!options.fix && (options.only ?? options.output) !== undefined) throw wrongCall('option-missing', '--only and -o need --fix');
      const document = await runJob(
        cli,
        {
          kind: 'check',
          model: file,
          target,
          ...(options.architecture === undefined ? {} : { architecture: options.architecture }),
          ...(options.shape ? { shapes: options.shape } : {}),
          ...(options.fix ? { fixes: { ids: options.fix, ...(options.only ? { nodes: options.only } : {}) } } : {}),
          ...(options.output === undefined ? {} : { output: path.resolve(cli.cwd, options.output) }),
        },
        options,
      );
      if (!options.quiet) for (const warning of document.warnings) cli.stderr.write(`warning: ${warning}\n`);
      printResult(cli, 'check', options, document, (all, style) =>
        [
          ...(all.fixed ? [fixedText(all.fixed, all.target, style, cli.cwd)] : []),
          checkText(all, style, widthOf(cli), options.verbose === true),
        ].join('\n\n'),
      );
      const wrong = document.quantization.length > 0 || document.nodes.some(({ verdict }) => verdict === 'no');
      if (options.strict && wrong) cli.exitCode = 3;
    });
  examples(command, `lathe check ${sample.model} --target zcu104`, `lathe check ${sample.model} --target zcu104 --fix exact -o fixed.onnx`);
}

const list = (text: string, before: string[] = []): string[] => [...before, ...text.split(',').map((name) => name.trim()).filter(Boolean)]; // prettier-ignore
