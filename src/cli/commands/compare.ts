import { measuredPictures } from '../../engine/recipe/measured-pictures.ts';
import type { Command } from 'commander';
import { bytes } from '../../protocol/format.ts';
import type { CompareDocument, ComparedLayer, ComparedOutput, ComparedPositions, ComparedXir } from '../../protocol/results/compare.ts';
import type { Cli } from '../cli.ts';
import { examples, sample } from '../examples.ts';
import { runJob } from '../job.ts';
import { dataOptions } from '../options/data.ts';
import { jobOptions, wholeNumber, type JobOptions } from '../options/general.ts';
import { oneSource } from '../options/one-source.ts';
import { printResult, widthOf } from '../output/result.ts';
import type { Style } from '../output/style.ts';
import { facts, table, visible } from '../output/table.ts';
import { givenModel, withAnswersOf } from '../recipe-model.ts';

interface CompareOptions extends JobOptions {
  seed?: number;
}

export function compare(command: Command, cli: Cli): void {
  command
    .description('Compares two models: nodes added, removed and changed, and with pictures the error of every layer that both have.')
    .argument('<a>', 'an .onnx file, usually the float model, or a recipe: its model, or its chain as one')
    .argument('<b>', 'another, usually made from the first; an .xmodel too')
    .option('--seed <n>', 'chooses the pictures when --count is given', wholeNumber('--seed'));
  const data = dataOptions(command, ['test', 'validation', 'calibration', 'train']);
  jobOptions(command).action(async (a: string, b: string, options: CompareOptions) => {
    const first = await givenModel(cli, a, options);
    const second = await givenModel(cli, b, options);
    const recipe = first.recipe ?? second.recipe;
    const named = oneSource(data(), cli.cwd);
    const source = named ? withAnswersOf(recipe, named) : recipe && measuredPictures(recipe);
    const seed = options.seed ?? recipe?.seed ?? 0;
    const job = { kind: 'compare', a: first.file, b: second.file, ...(source ? { data: source } : {}), seed } as const;
    const result = await runJob(cli, job, options);
    printResult(cli, 'compare', options, result, (document, style) => text(document, style, widthOf(cli)));
  });
  examples(
    command,
    `lathe compare ${sample.model} ${sample.model} --test ${sample.test} --count 20`,
    `lathe compare ${sample.model} ${sample.model} --json`,
  );
}

function text(document: CompareDocument, style: Style, width: number): string {
  const { added, removed, changed } = document.structure;
  const list = (names: readonly string[]): string => {
    const shown = names.slice(0, 6).join(', ');
    return names.length === 0 ? 'none' : `${names.length}: ${shown}${names.length > 6 ? ' …' : ''}`;
  };
  const head = facts(
    [
      ['a', `${document.inputs[0]}  ${bytes(document.size.a)}`],
      ['b', `${document.inputs[1]}  ${bytes(document.size.b)}`],
      ['added', list(added)],
      ['removed', list(removed)],
      ['changed', list(changed)],
    ],
    style,
  );
  if (document.xir) return xirText(document, document.xir, head, style, width);
  if (document.outputs.length === 0) return `${head}\n\nGive pictures (--test, --calibration) for the error of every layer.`;
  const right = (title: string) => ({ title, align: 'right' as const });
  const figures = [right('SQNR'), right('cosine'), right('max error'), right('mean shift')];
  const layers = table(
    [{ title: 'layer', flexible: true }, { title: 'operator' }, ...figures],
    document.layers.map((layer) => [layer.a, layer.op, ...row(layer), layer.meanShift.toPrecision(3)]),
    width,
    style,
  );
  const outputs = table(
    [{ title: 'output', flexible: true }, ...figures.slice(0, 3)],
    document.outputs.map((output) => [output.name, ...row(output)]),
    width,
    style,
  );
  return `${head}\n\n${layers}\n\n${outputs}\n\n${style.dim(`over ${document.samples} pictures`)}`;
}

/** What became of each node, and where numbers were compared their errors. */
function xirText(document: CompareDocument, xir: ComparedXir, head: string, style: Style, width: number): string {
  const errors = new Map(document.layers.map((layer) => [layer.a, layer]));
  const right = (title: string) => ({ title, align: 'right' as const });
  const measured = document.outputs.length > 0;
  const nodes = table(
    [
      { title: 'node', flexible: true },
      { title: 'operator' },
      { title: 'became' },
      { title: 'on' },
      right('fix'),
      right('weights'),
      ...(measured ? [right('SQNR')] : []),
    ],
    xir.nodes.map((node) => {
      const error = errors.get(node.node);
      const became = node.became === 'same' ? (node.type ?? '') : node.xir === undefined ? node.became : `${node.became} into ${node.type}`;
      return [
        node.node,
        node.op,
        became,
        node.device ?? '',
        positions(node.result),
        positions(node.weights),
        ...(measured ? [error ? row(error)[0]! : ''] : []),
      ];
    }),
    width,
    style,
  );
  const outputs = measured
    ? `\n\n${table(
        [{ title: 'output', flexible: true }, right('SQNR'), right('cosine'), right('max error')],
        document.outputs.map((output) => [output.name, ...row(output)]),
        width,
        style,
      )}`
    : '';
  const agreed = xir.differing === 0 ? 'No position differs.' : `${xir.differing} nodes have other positions in the .xmodel.`;
  const warnings = document.warnings.map((warning) => `\n${style.dim(visible(warning))}`).join('');
  return `${head}\n\n${nodes}${outputs}\n\n${agreed}${document.samples ? ` Over ${document.samples} pictures.` : ''}${warnings}`;
}

/** "5", or "5 → 4" where the two differ. */
function positions(given: ComparedPositions | undefined): string {
  if (!given) return '';
  const { onnx, xir } = given;
  return onnx !== undefined && xir !== undefined && onnx !== xir ? `${onnx} → ${xir}` : String(xir ?? onnx ?? '');
}

function row(compared: ComparedLayer | ComparedOutput): string[] {
  const sqnr = compared.sqnrDb === null ? 'equal' : `${compared.sqnrDb.toFixed(1)} dB`;
  return [sqnr, compared.cosine.toFixed(5), compared.maxAbs.toPrecision(3)];
}
