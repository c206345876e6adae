import path from 'node:path';
import { Option, type Command } from 'commander';
import { searchMethods } from '../../engine/search/index.ts';
import { bytes, count } from '../../protocol/format.ts';
import type { SearchBudget, SearchJob } from '../../protocol/job.ts';
import type { SearchDocument } from '../../protocol/results/run.ts';
import type { ModelShare, SearchSummary } from '../../protocol/results/search.ts';
import type { Cli } from '../cli.ts';
import { examples, sample } from '../examples.ts';
import { wrongCall } from '../failure.ts';
import { runJob } from '../job.ts';
import { jobOptions, type JobOptions } from '../options/general.ts';
import { figure } from '../output/figures.ts';
import { shownPath } from '../output/paths.ts';
import { printResult, widthOf } from '../output/result.ts';
import { runText } from '../output/run.ts';
import type { Style } from '../output/style.ts';
import { facts, table } from '../output/table.ts';
import { readText } from './validate.ts';

interface SearchOptions extends JobOptions {
  bytes?: string;
  macs?: string;
  bitOperations?: string;
  latency?: string;
  drop?: string;
  method: string;
  widths?: (number | 'float')[];
  ratios?: number[];
  target?: string;
  seed?: string;
  output?: string;
  resume?: boolean;
}

const budgetGroup = 'The budget (one of these):';

export function search(command: Command, cli: Cli): void {
  const names = searchMethods.map(({ name }) => name);
  command
    .description(
      "Finds a width for each layer of a recipe's quantize step within a budget, and how many channels its prune step leaves, by what each costs the outputs on validation pictures, writes the recipe with them under `layers`, and runs it. A recipe of a chain has one budget for all its models. Percentages are of all with every layer at 8 bits.",
    )
    .argument('<recipe>', 'a recipe (*.compress.yaml) whose first step is quantize, or prune')
    .addOption(new Option('--bytes <n|n%>', 'packed size of the weights: 50%, 40000').helpGroup(budgetGroup))
    .addOption(new Option('--macs <n|n%>', 'multiply-adds: for recipes that begin with prune').helpGroup(budgetGroup))
    .addOption(new Option('--bit-operations <n|n%>', 'multiply-adds × bits of weights × bits of activations').helpGroup(budgetGroup))
    .addOption(new Option('--latency <ms|n%>', 'one call with one picture, measured here').helpGroup(budgetGroup))
    .addOption(new Option('--drop <n>', 'allowed loss of the metric, in its unit, for the fewest bytes').helpGroup(budgetGroup))
    .addOption(
      new Option('--method <name>', searchMethods.map(({ name, summary }) => `${name}: ${summary}`).join(' '))
        .choices(names)
        .default(names[0]),
    )
    .addOption(
      new Option('--widths <list>', 'widths to choose among; default 2,3,4,6,8,float as far as the target takes them').argParser(widthsOf),
    )
    .addOption(
      new Option(
        '--ratios <list>',
        'parts of its channels that a model may lose, where the recipe begins with prune; default 0.125,0.25,0.375,0.5,0.625,0.75',
      ).argParser(ratiosOf),
    )
    .option('--target <name>', "the recipe's target")
    .option('--seed <n>', "the recipe's seed")
    .option('--resume', 'goes on with the newest unfinished search of this recipe, or starts one')
    .option('-o, --output <file>', 'where the recipe goes; by default into the run folder');
  jobOptions(command).action(async (recipe: string, options: SearchOptions) => {
    const result = await runJob(cli, await jobOf(cli, recipe, options), options);
    printResult(cli, 'search', options, result, (document, style) => searchText(document, style, cli));
    if (result.gate && !result.gate.met) cli.exitCode = 3;
  });
  examples(
    command,
    `lathe search ${sample.recipe} --bytes 50%`,
    `lathe search ${sample.recipe} --drop 0.5 --widths 3,4,8 -o mixed.compress.yaml`,
  );
}

async function jobOf(cli: Cli, recipe: string, options: SearchOptions): Promise<SearchJob> {
  const file = path.resolve(cli.cwd, recipe);
  const { target, seed, method, widths, ratios, output, resume } = options;
  const given = { target, seed: seed === undefined ? undefined : Number(seed) };
  const overrides = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    kind: 'search',
    recipe: { text: await readText(file, recipe), file, runs: path.join(cli.cwd, 'lathe-runs'), overrides },
    budget: budgetOf(options),
    method,
    ...(widths ? { widths } : {}),
    ...(ratios ? { ratios } : {}),
    ...(output === undefined ? {} : { output: path.resolve(cli.cwd, output) }),
    ...(resume ? { resume } : {}),
  };
}

/** The one budget that is given. */
function budgetOf({ bytes: size, macs, bitOperations, latency, drop }: SearchOptions): SearchBudget {
  const all = { bytes: size, macs, 'bit-operations': bitOperations, latency, drop };
  const given = Object.entries(all).filter((entry): entry is [SearchBudget['kind'], string] => entry[1] !== undefined);
  const [first, second] = given;
  if (!first) throw wrongCall('no-budget', 'a search needs a budget', 'Give --bytes 50%, --bit-operations 30%, --latency 2, or --drop 1.');
  if (second) throw wrongCall('two-budgets', `only one of --${first[0]} and --${second[0]} can be given`);
  const [kind, text] = first;
  const [, number = '', percent = ''] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim()) ?? [];
  const value = Number(number);
  if (number === '' || (kind === 'drop' && percent) || (kind !== 'drop' && value <= 0)) {
    const wanted = kind === 'drop' ? 'a number of at least 0, in the unit of the metric' : 'a number above 0, or a percentage like 50%';
    throw wrongCall('option-value', `--${kind} must be ${wanted}, not ${text}`);
  }
  return { kind, value, ...(percent ? { percent: true } : {}) };
}

function widthsOf(text: string): (number | 'float')[] {
  return text.split(',').map((part) => {
    const word = part.trim();
    if (word === 'float') return word;
    const bits = Number(word);
    if ((Number.isInteger(bits) && bits >= 2 && bits <= 8) || bits === 16) return bits;
    throw wrongCall('option-value', `--widths must be a list of 2 to 8, 16 and float, not ${text}`);
  });
}

function ratiosOf(text: string): number[] {
  return text.split(',').map((part) => {
    const ratio = Number(part);
    if (part.trim() !== '' && ratio >= 0 && ratio < 1) return ratio;
    throw wrongCall('option-value', `--ratios must be a list of parts from 0 to below 1, not ${text}`);
  });
}

function searchText(document: SearchDocument, style: Style, cli: Cli): string {
  const { search: found, recipe } = document;
  const right = (title: string) => ({ title, align: 'right' as const });
  const layers = found.layers.map(({ name, op, parameters, macs, weights, fixed, errors }) => [
    name,
    op,
    count(parameters),
    macs === null ? '?' : count(macs),
    `${weights}${fixed ? ' (fixed)' : ''}`,
    decibels(errors[String(weights)] ?? NaN),
  ]);
  const columns = [
    { title: 'layer', flexible: true },
    { title: 'operator' },
    right('parameters'),
    right('MACs'),
    right('bits'),
    right('alone'),
  ];
  return [
    table(columns, layers, widthOf(cli), style),
    '',
    pointTable(found, widthOf(cli), style),
    '',
    ...(found.found.models ?? []).map((share) => facts([[share.model, shareText(share, found)]], style)),
    ...found.notes.map((note) => facts([['note', note]], style)),
    facts([['recipe', style.bold(shownPath(recipe, cli.cwd))]], style),
    runText(document, style, cli.cwd),
  ].join('\n');
}

/** A cost in the unit of the budget. */
const costText = ({ budget: { kind } }: SearchSummary, cost: number): string =>
  kind === 'latency' ? `${cost.toFixed(3)} ms` : kind === 'bit-operations' || kind === 'macs' ? count(cost) : bytes(cost);

/** What one model of a chain got: "12.1 kB, 48.3 % of its own at 8 bits: 25 % of its channels gone, 4.2 bits" */
function shareText({ cost, percent, removed, bits }: ModelShare, found: SearchSummary): string {
  const gone = removed > 0 ? `${Number((100 * removed).toFixed(1))} % of its channels gone, ` : '';
  return `${costText(found, cost)}, ${percent.toFixed(1)} % of its own at 8 bits: ${gone}${bits.toFixed(1)} bits`;
}

function pointTable(search: SearchSummary, width: number, style: Style): string {
  const { metric, unit, found, compared, front } = search;
  const right = (title: string) => ({ title, align: 'right' as const });
  const scored = metric !== 'none';
  const rows = [found, ...compared, ...front].map((point) => [
    point.name,
    costText(search, point.cost),
    `${point.percent.toFixed(1)} %`,
    decibels(point.predicted),
    point.measured === undefined ? '' : decibels(point.measured),
    scored && point.value !== undefined ? figure(point.value, unit) : '',
  ]);
  const columns = [
    { title: 'widths' },
    right('cost'),
    right('of 8 bits'),
    right('predicted'),
    right('measured'),
    right(scored ? metric : ''),
  ];
  return table(columns, rows, width, style);
}

/** Noise over signal as SQNR. */
const decibels = (noise: number): string =>
  noise === 0 ? 'exact' : Number.isFinite(noise) ? `${(-10 * Math.log10(noise)).toFixed(1)} dB` : '?';
