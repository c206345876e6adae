import path from 'node:path';
import { Option, type Command } from 'commander';
import { measuredPictures } from '../../engine/recipe/measured-pictures.ts';
import { inferTask } from '../../engine/recipe/resolve-data.ts';
import type { Task } from '../../engine/recipe/types.ts';
import { targets } from '../../engine/targets/index.ts';
import type { EvaluateJob, Shard } from '../../protocol/job.ts';
import type { EvaluateDocument } from '../../protocol/results/evaluate.ts';
import type { Cli } from '../cli.ts';
import { examples, sample } from '../examples.ts';
import { wrongCall } from '../failure.ts';
import { runJob } from '../job.ts';
import { dataOptions, type GivenData } from '../options/data.ts';
import { jobOptions, shardOf, wholeNumber, type JobOptions } from '../options/general.ts';
import { oneSource } from '../options/one-source.ts';
import { boxesText } from '../../protocol/format.ts';
import { difference, figure, interval, splitFacts, writtenFacts } from '../output/figures.ts';
import { printResult } from '../output/result.ts';
import type { Style } from '../output/style.ts';
import { facts } from '../output/table.ts';
import { givenModel, withAnswersOf } from '../recipe-model.ts';

interface EvaluateOptions extends JobOptions {
  against?: string;
  latency: boolean;
  runs: number;
  warmUp: number;
  task?: Task;
  target?: string;
  seed?: number;
  shard?: Shard;
  output?: string;
  pictures?: string;
}

export function evaluate(command: Command, cli: Cli): void {
  command
    .description(
      'Measures a model on pictures: top-1, AP50 or PSNR with its confidence interval, and the latency. A quantized model also as written, with the fusions of the runtime off, where this machine answers differently.',
    )
    .argument('<model>', 'an .onnx file, or a recipe: its model, or its chain as one, on its pictures')
    .option('--against <model>', 'a second model: the difference on the same pictures; without labels, the model to agree with')
    .addOption(
      new Option('--task <name>', 'what the model does; by default what the data say').choices([
        'classification',
        'detection',
        'restoration',
        'none',
      ]),
    )
    .addOption(
      new Option(
        '--target <name>',
        'measures a quantized model in the arithmetic of this target where it has its own (zcu104, zcu102, kv260, esp32s3)',
      ).choices(targets.map(({ name }) => name)),
    )
    .option('--no-latency', 'leaves the timing out')
    .option('--runs <n>', 'timed runs; fewer of a model that needs more than ten seconds for them', wholeNumber('--runs'), 50)
    .option('--warm-up <n>', 'runs before the timed ones', wholeNumber('--warm-up'), 10)
    .option('--seed <n>', 'chooses the pictures when --count is given, and degradations', wholeNumber('--seed'))
    .addOption(new Option('--shard <i/n>', 'only part i of n of the pictures; `lathe merge` adds the parts').argParser(shardOf))
    .option(
      '--pictures <folder>',
      'writes pictures there, of the first 100: what is fed, what the models of a chain give each other, boxes found (green), false (red) and missed (yellow)',
    )
    .option('-o, --output <file>', 'where the part of a sharded evaluation goes');
  const data = dataOptions(command, ['test', 'validation', 'calibration', 'train']);
  jobOptions(command).action(async (model: string, options: EvaluateOptions) => {
    const result = await runJob(cli, await jobOf(cli, model, data(), options), options);
    if ('output' in result) printResult(cli, 'evaluate', options, result, ({ output }) => `part written: ${output.path}`);
    else printResult(cli, 'evaluate', options, result, evaluationText);
  });
  examples(
    command,
    `lathe evaluate ${sample.model} --test ${sample.test} --labels folders`,
    `lathe evaluate ${sample.model} --test ${sample.test} --labels folders --count 100 --no-latency --json`,
  );
}

async function jobOf(cli: Cli, model: string, given: GivenData, options: EvaluateOptions): Promise<EvaluateJob> {
  const { file, recipe } = await givenModel(cli, model, options);
  const other = options.against === undefined ? undefined : await givenModel(cli, options.against, options);
  const named = oneSource(given, cli.cwd);
  const data = named ? withAnswersOf(recipe, named) : recipe && measuredPictures(recipe);
  if (!data) throw wrongCall('no-data', 'evaluate needs pictures', 'Give a folder: --test pictures --labels folders');
  const task = options.task ?? (named ? undefined : recipe?.task) ?? inferTask({ test: data.source });
  if (task === 'detection' && !data.source.decode) {
    throw wrongCall('no-decode', 'detection needs --decode: how the outputs become boxes', 'Give --decode yunet, yolov5 or yolov8.');
  }
  const { shard, output, target, pictures } = options;
  return {
    kind: 'evaluate',
    model: file,
    ...(other ? { against: other.file } : {}),
    task,
    ...(target === undefined ? {} : { target }),
    data,
    seed: options.seed ?? recipe?.seed ?? 0,
    ...(pictures === undefined ? {} : { pictures: path.resolve(cli.cwd, pictures) }),
    ...(options.latency && !shard ? { latency: { runs: options.runs, warmUp: options.warmUp } } : {}),
    ...(shard
      ? { shard, output: path.resolve(cli.cwd, output ?? `${path.parse(model).name}.part-${shard.index}-of-${shard.of}.json`) }
      : {}),
  };
}

export function evaluationText(document: EvaluateDocument, style: Style): string {
  const { metric, unit, value, samples, confidence, simulated, difference: against, latencyMs, threads, boxes } = document;
  const timed = latencyMs && `${latencyMs.median.toFixed(2)} ms median, ${latencyMs.p90.toFixed(2)} ms p90`;
  return facts(
    [
      ['model', document.model],
      [metric, `${style.bold(figure(value, unit))}  (${samples} samples, ${interval(confidence, unit)})`],
      boxes && ['boxes', style.bold(boxesText(boxes))],
      ...splitFacts(document),
      ...writtenFacts(document, 'as written', style),
      simulated === undefined
        ? undefined
        : ['computed', `in the arithmetic of ${simulated}, simulated; the time it takes here is not the board's`],
      against && ['difference', `${difference(against.value, unit)} to ${against.model} (${interval(against.confidence, unit)})`],
      ...Object.entries(document.extra).flatMap(([name, extra]): [string, string][] => extraText(name, extra)),
      timed ? ['latency', `${timed}, ${threads} thread${threads === 1 ? '' : 's'}`] : undefined,
      document.pictures === undefined ? undefined : ['pictures', `${document.pictures} files written`],
      document.skipped ? ['skipped', style.warn(`${document.skipped} corrupt pictures`)] : undefined,
    ],
    style,
  );
}

/** They stand in one line. */
const countedBoxes = new Set(['found', 'false', 'total']);

/** Plain figures only: tables by class and the settings of the timing are for the JSON and the report. */
function extraText(name: string, value: unknown): [string, string][] {
  if (name.startsWith('latency') || countedBoxes.has(name)) return [];
  if (typeof value === 'number') return [[name, Number.isInteger(value) ? String(value) : value.toFixed(1)]];
  return typeof value === 'string' ? [[name, value]] : [];
}
