import path from 'node:path';
import { Option, type Command } from 'commander';
import { compilers } from '../../engine/targets/boards.ts';
import { compileSettings, type CompileSettings } from '../../engine/targets/deploy-settings.ts';
import type { ResolvedRecipe } from '../../engine/recipe/types.ts';
import { bytes, visible } from '../../protocol/format.ts';
import type { DataRequest } from '../../protocol/job.ts';
import type { CompileDocument, ToolFinding } from '../../protocol/results/board.ts';
import type { Cli } from '../cli.ts';
import { examples, sample } from '../examples.ts';
import { runJob } from '../job.ts';
import { dataOptions } from '../options/data.ts';
import { jobOptions, type JobOptions } from '../options/general.ts';
import { oneSource } from '../options/one-source.ts';
import { settingOptions } from '../options/settings.ts';
import { shownPath } from '../output/paths.ts';
import { printResult, widthOf } from '../output/result.ts';
import { isRecipeName, readRecipe } from '../recipe-model.ts';
import { styleFor, type Style } from '../output/style.ts';
import { facts, table } from '../output/table.ts';

interface CompileOptions extends JobOptions {
  target: string;
  output?: string;
  dryRun?: boolean;
}

export function compile(command: Command, cli: Cli): void {
  command
    .description(
      'Compiles a model for a board with the vendor’s own compiler, from PATH or in its container. An ONNX model is written in the container that the compiler takes first. Done means that the file is there, can be read, and is for the accelerator that was asked for, whatever the compiler’s exit code says.',
    )
    .argument(
      '<model>',
      'a quantized .onnx, what the target’s compiler takes itself (.xmodel, .h5), or a recipe: what its newest run has made',
    )
    .addOption(new Option('--target <name>', 'the board').choices(compilers.map(({ target }) => target)).makeOptionMandatory())
    .option('-o, --output <folder>', 'where the result and the log go; by default NAME-TARGET beside the model')
    .option('--dry-run', 'prints the commands and the files that they need; runs and writes nothing');
  const settings = settingOptions(command, { name: 'compile', summary: '', parameters: compileSettings });
  const data = dataOptions(command, ['calibration']);
  jobOptions(command).action(async (model: string, options: CompileOptions) => {
    const recipe = isRecipeName(model) ? await readRecipe(cli, model, options) : undefined;
    const calibration = oneSource(data(), cli.cwd) ?? (recipe && calibrationOf(recipe));
    const job = {
      kind: 'compile',
      model: path.resolve(cli.cwd, model),
      ...(recipe ? { recipe: { resolved: recipe } } : {}),
      target: options.target,
      settings: settings() as CompileSettings,
      ...(options.output === undefined ? {} : { folder: path.resolve(cli.cwd, options.output) }),
      ...(calibration ? { calibration } : {}),
      ...(options.dryRun ? { dryRun: true } : {}),
    } as const;
    let findings: readonly ToolFinding[] = [];
    try {
      const result = await runJob(cli, job, options, (partial) => (findings = partial.findings ?? findings));
      if (!options.quiet) for (const warning of result.warnings) cli.stderr.write(`warning: ${visible(warning)}\n`);
      printResult(cli, 'compile', options, result, (document, style) =>
        options.dryRun ? plannedText(document, style, cli) : compiledText(document, style, cli),
      );
    } catch (error) {
      // What the tool has said explains the failure better than its last word.
      if (!options.quiet && findings.length) cli.stderr.write(`${findingsText(findings, styleFor(cli.stderr, cli.env))}\n`);
      throw error;
    }
  });
  examples(
    command,
    `lathe quantize ${sample.model} --target zcu104 --calibration ${sample.train} -o board.onnx && lathe compile board.onnx --target zcu104 --dry-run`,
    'lathe compile board.onnx --target zcu104 --version 3.5 --container podman --dry-run --json',
  );
}

/** The recipe's own pictures, for compilers that calibrate by themselves. */
const calibrationOf = ({ data: { calibration: source, input }, folder }: ResolvedRecipe): DataRequest | undefined =>
  source && { source, folder, ...(input ? { input } : {}) };

function plannedText({ plan, files, notes, missing, output }: CompileDocument, style: Style, cli: Cli): string {
  const lines = plan.map(({ title, text }) => `${style.dim(`# ${visible(title)}`)}\n${visible(text)}`);
  const written = files.map(({ path: file, text }) => {
    const [first = '', ...rest] = text.trimEnd().split('\n');
    return `${style.dim('file')}  ${visible(shownPath(file, cli.cwd))}  ${visible(first)}${rest.length ? style.dim(` … ${rest.length + 1} lines`) : ''}`;
  });
  const lacks = missing.map(({ what, advice }) => style.warn(`missing  ${visible(what)}. ${visible(advice)}`));
  return [
    ...notes.map((note) => style.dim(visible(note))),
    ...written,
    ...lines,
    ...lacks,
    `${style.dim('makes')}  ${visible(shownPath(output.path, cli.cwd))}`,
  ].join('\n');
}

function compiledText(document: CompileDocument, style: Style, cli: Cli): string {
  const { output, subgraphs, onCpu = [], findings, fingerprint, toolVersions = {}, log, parts = [], notes } = document;
  const one = subgraphs?.accelerator === 1;
  const head = facts(
    [
      [parts.length ? 'folder' : 'file', `${style.bold(visible(shownPath(output.path, cli.cwd)))}  ${bytes(output.bytes)}`],
      ...parts.map((part): [string, string] => [
        visible(part.alias),
        `${visible(shownPath(part.output.path, cli.cwd))}  ${bytes(part.output.bytes)}`,
      ]),
      // What stands between models compiled one by one is in none of their files.
      ...(parts.length ? notes.map((note): [string, string] => ['note', visible(note)]) : []),
      subgraphs && [
        'sub-graphs',
        `${(one ? style.good : style.warn)(`${subgraphs.accelerator} on the accelerator`)}, ${subgraphs.total} in all`,
      ],
      fingerprint === undefined ? undefined : ['for', fingerprint],
      Object.keys(toolVersions).length
        ? [
            'made by',
            visible(
              Object.entries(toolVersions)
                .map(([tool, version]) => `${tool} ${version}`)
                .join(', '),
            ),
          ]
        : undefined,
      log === undefined ? undefined : ['log', visible(shownPath(log, cli.cwd))],
    ],
    style,
  );
  const nodes = onCpu.length
    ? table(
        [{ title: 'on the CPU', flexible: true }, { title: 'operator' }, { title: 'why' }],
        onCpu.map(({ node, layer, op, reason }) => [layer ?? node, op, reason ?? 'the compiler gives no reason']),
        widthOf(cli),
        style,
      )
    : '';
  const said = findingsText(findings.filter(({ code }) => code !== 'vitis.cpu'), style); // prettier-ignore
  return [head, nodes, said].filter((part) => part !== '').join('\n\n');
}

/** Most messages that are shown; all are in the JSON document and the log. */
const mostShown = 30;

function findingsText(findings: readonly ToolFinding[], style: Style): string {
  const paint = { error: style.bad, warning: style.warn, info: style.dim };
  const serious = findings.filter(({ severity }) => severity !== 'info');
  const lines = serious.slice(0, mostShown).map(({ severity, message, layer, node, hint }) => {
    const where = layer ?? node;
    const text = `${paint[severity](severity)}: ${where === undefined ? '' : `${visible(where)}: `}${visible(message)}`;
    return hint === undefined ? text : `${text}\n  ${style.dim(visible(hint))}`;
  });
  if (serious.length > mostShown) lines.push(style.dim(`… and ${serious.length - mostShown} more`));
  return lines.join('\n');
}
