import path from 'node:path';
import { Option, type Command } from 'commander';
import { prepareObject } from '../../engine/recipe/prepare.ts';
import { dataUses, type ResolvedRecipe } from '../../engine/recipe/types.ts';
import { methods, metrics, parseWidths, plannedMethods, quantizedSides, type QuantizedSide } from '../../engine/sensitivity/index.ts';
import { quantizeStep } from '../../engine/quantize/step.ts';
import { targets } from '../../engine/targets/index.ts';
import type { AnalyzeJob, ChannelsJob, Shard } from '../../protocol/job.ts';
import { analyzedRecipe } from '../analyzed-recipe.ts';
import type { Cli } from '../cli.ts';
import { examples, sample } from '../examples.ts';
import { wrongCall } from '../failure.ts';
import { runJob } from '../job.ts';
import { dataOptions, type GivenData } from '../options/data.ts';
import { jobOptions, shardOf, wholeNumber, type JobOptions } from '../options/general.ts';
import { settingOptions } from '../options/settings.ts';
import { analysisText, channelsText, estimateLine } from '../output/analysis.ts';
import { printResult, widthOf } from '../output/result.ts';
import { isRecipeName } from '../recipe-model.ts';
import { inOptions, optionError, recipeOf } from './step.ts';

export interface AnalyzeOptions extends JobOptions {
  method: string;
  metric: string;
  bits: string;
  quantize: QuantizedSide;
  technique: string;
  parts: string;
  macs: string;
  layer?: string[];
  channels?: boolean;
  samples?: number;
  overlay?: string;
  netron?: string;
  modelExplorer?: string;
  /** false: `--no-cache`. */
  cache?: string | false;
  dryRun?: boolean;
  task?: string;
  target?: string;
  seed?: string;
  shard?: Shard;
  output?: string;
}

/** Settings of `quantize` that an analysis decides itself. */
const own = new Set(['method', 'weights', 'activations', 'storage', 'include', 'exclude']);

export function analyze(command: Command, cli: Cli): void {
  command
    .description(
      'What quantization does to single layers: which of them take it badly, at which width; or, with --technique prune, what removing channels does. Ranges come from --calibration; the figures are measured on --validation, else --test, else the calibration pictures.',
    )
    .argument('<model>', 'an .onnx file, or a recipe: its model, or its chain as one, with its pictures and settings');
  methodOptions(command);
  fileOptions(command);
  const settings = settingOptions(command, withoutOwn());
  const data = dataOptions(command, dataUses);
  generalOptions(jobOptions(command));
  command.action(async (model: string, options: AnalyzeOptions) => {
    if (options.technique === 'prune') {
      const { showPruning } = await import('./analyze-pruning.ts');
      return showPruning(cli, model, data(), options);
    }
    const resolved = await resolve(cli, model, data(), settings(), options);
    if (options.channels) await showChannels(cli, resolved, options);
    else await showLayers(cli, resolved, options);
  });
  examples(
    command,
    `lathe analyze ${sample.model} --calibration ${sample.train} --bits 8,6,4 --overlay model.overlay.json`,
    `lathe analyze ${sample.model} --calibration ${sample.train} --test ${sample.test} --labels folders --method leave-one-out --metric task`,
  );
}

function methodOptions(command: Command): void {
  const listed = (entries: readonly { name: string; summary: string }[]): string =>
    entries.map(({ name, summary }) => `${name}: ${summary}`).join(' ');
  command
    .addOption(
      new Option('--method <name>', listed(methods))
        .choices([...methods.map(({ name }) => name), ...plannedMethods])
        .default(methods[0]!.name),
    )
    .addOption(new Option('--metric <name>', listed(metrics)).choices(metrics.map(({ name }) => name)).default(metrics[0]!.name))
    .option('--bits <list>', 'widths to try: 8, or 8,6,4; w4a8 for weights and activations apart; ternary, binary', '8')
    .addOption(new Option('--quantize <what>', 'what of a layer is quantized').choices([...quantizedSides]).default(quantizedSides[0]))
    .addOption(
      new Option('--technique <name>', 'what is done to layers: quantize them, or remove channels of one group at a time')
        .choices(['quantize', 'prune'])
        .default('quantize'),
    )
    .option('--parts <list>', 'with --technique prune: parts of the channels to remove', '0.125,0.25,0.5,0.75')
    .option('--macs <part>', 'with --technique prune: multiply-adds that the suggested widths leave', '0.5')
    .option('--layer <name>', 'only this layer; may be given several times', (name: string, before: string[] = []) => [...before, name])
    .option('--channels', 'one layer channel by channel: ranges, histograms, worst channels')
    .option('--samples <n>', 'pictures to measure on where no --count is given', wholeNumber('--samples', 1), 64)
    .option('--dry-run', 'only says what it would cost');
}

function fileOptions(command: Command): void {
  command
    .option('--overlay <file>', 'writes the figures as an overlay file (*.overlay.json), which the editor draws over the graph')
    .option('--netron <file>', 'writes them as a JSON file to drop onto the model in Netron')
    .option('--model-explorer <file>', 'writes them as node data of Model Explorer; of several widths one file each')
    .option('--cache <folder>', 'where results are kept for the next time; by default lathe-runs/.cache')
    .option('--no-cache', 'neither reads nor keeps results');
}

function generalOptions(command: Command): void {
  const group = 'General:';
  command
    .addOption(
      new Option('--task <name>', 'what the model does').choices(['classification', 'detection', 'restoration', 'none']).helpGroup(group),
    )
    .addOption(
      new Option('--target <name>', `what the quantized model would run on; default ${targets[0]!.name}`)
        .choices(targets.map(({ name }) => name))
        .helpGroup(group),
    )
    .addOption(new Option('--seed <n>', 'chooses the pictures; default 0').helpGroup(group))
    .addOption(
      new Option('--shard <i/n>', 'only part i of n of the measured pictures; `lathe merge` adds the parts')
        .argParser(shardOf)
        .helpGroup(group),
    )
    .addOption(
      new Option('-o, --output <file>', 'the rows of every picture, as parts and merged parts have them (.json)').helpGroup(group),
    );
}

/** The declaration of `quantize` but for what an analysis tries itself. */
function withoutOwn(): typeof quantizeStep {
  const properties = Object.fromEntries(Object.entries(quantizeStep.parameters.properties).filter(([key]) => !own.has(key)));
  return { ...quantizeStep, parameters: { ...quantizeStep.parameters, properties } } as typeof quantizeStep;
}

/** The call as a recipe of one step. Where no pictures to calibrate on are named, those that are named serve for it. */
async function resolve(
  cli: Cli,
  model: string,
  { input, sources }: GivenData,
  settings: Record<string, unknown>,
  options: AnalyzeOptions,
): Promise<ResolvedRecipe> {
  if (isRecipeName(model)) return analyzedRecipe(cli, model, 'quantize', { data: { input, sources }, settings, options });
  const calibration = sources.calibration ?? (sources.train ? undefined : (sources.validation ?? sources.test));
  const all = { ...(input ? { input } : {}), sources: { ...sources, ...(calibration ? { calibration } : {}) } };
  const made = recipeOf(model, options, all, { quantize: settings });
  const prepared = await prepareObject(made, { folder: cli.cwd, runs: path.join(cli.cwd, 'lathe-runs'), for: 'run' });
  const wrong = prepared.issues.find((issue) => issue.severity === 'error');
  if (wrong || !prepared.resolved) throw optionError(wrong, 'quantize', model);
  // Measuring on the pictures that ranges come from is what this command does where nothing else is given.
  const others = prepared.issues.filter(({ code }) => code !== 'recipe.test-seen');
  if (!options.quiet) for (const issue of others) cli.stderr.write(`warning: ${inOptions(issue.message, 'quantize')}\n`);
  return prepared.resolved;
}

async function showLayers(cli: Cli, resolved: ResolvedRecipe, options: AnalyzeOptions): Promise<void> {
  const result = await runJob(cli, jobOf(cli, resolved, options), options);
  if ('output' in result) {
    printResult(cli, 'analyze', options, result, ({ output }) => `part written: ${output.path}`);
    return;
  }
  printResult(cli, 'analyze', options, result, (document, style) =>
    options.dryRun ? estimateLine(document) : analysisText(document, style, widthOf(cli)),
  );
}

function jobOf(cli: Cli, resolved: ResolvedRecipe, options: AnalyzeOptions): AnalyzeJob {
  const place = (file: string | undefined): string | undefined => (file === undefined ? undefined : path.resolve(cli.cwd, file));
  const { method, metric, shard, samples } = options;
  const part = shard && `${path.parse(resolved.model ?? resolved.name).name}.part-${shard.index}-of-${shard.of}.json`;
  const cache = options.cache === false ? undefined : (options.cache ?? path.join('lathe-runs', '.cache'));
  const files = {
    output: place(options.output ?? part),
    overlay: place(options.overlay),
    netron: place(options.netron),
    modelExplorer: place(options.modelExplorer),
    cache: place(cache),
  };
  return {
    kind: 'analyze',
    recipe: { resolved },
    method,
    metric,
    widths: parseWidths(options.bits.split(','), options.quantize),
    ...(options.layer ? { layers: options.layer } : {}),
    ...(samples === undefined ? {} : { samples }),
    ...(shard ? { shard } : {}),
    ...Object.fromEntries(Object.entries(files).filter(([, file]) => file !== undefined)),
    ...(options.dryRun ? { dryRun: true } : {}),
  };
}

async function showChannels(cli: Cli, resolved: ResolvedRecipe, options: AnalyzeOptions): Promise<void> {
  const [layer, another] = options.layer ?? [];
  if (layer === undefined || another !== undefined)
    throw wrongCall('option-value', '--channels looks at one layer', 'Name it with --layer.');
  const [widths, more] = parseWidths(options.bits.split(','), options.quantize);
  if (!widths || more) throw wrongCall('option-value', '--channels looks at one width', 'Give one: --bits 4');
  const { samples } = options;
  const job: ChannelsJob = { kind: 'channels', recipe: { resolved }, layer, widths, ...(samples === undefined ? {} : { samples }) };
  const result = await runJob(cli, job, options);
  printResult(cli, 'analyze', options, result, (document, style) => channelsText(document, style, widthOf(cli)));
}
