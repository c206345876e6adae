import type { Command } from 'commander';
import { inspectBoardFile, isBoardFile } from '../../engine/drawing/inspect-board.ts';
import { inspectModel } from '../../engine/ops/inspect.ts';
import { bytes, count, shape } from '../../protocol/format.ts';
import type { InspectBoardDocument, InspectDocument, InspectedLayer, InspectedValue } from '../../protocol/results/inspect.ts';
import type { Cli, CommonOptions } from '../cli.ts';
import { examples, sample } from '../examples.ts';
import { wrongCall } from '../failure.ts';
import { commonOptions } from '../options/general.ts';
import { bindShape } from '../options/shape.ts';
import { printResult, widthOf } from '../output/result.ts';
import type { Style } from '../output/style.ts';
import { facts, table, visible, type Column } from '../output/table.ts';
import { givenModel, isRecipeName } from '../recipe-model.ts';

interface InspectOptions extends CommonOptions {
  shape?: Record<string, number[]>;
  weights?: boolean;
  hash?: boolean;
}

export function inspect(command: Command, cli: Cli): void {
  commonOptions(command)
    .description(
      'Shows what is in a model: inputs, outputs, operators, parameters, MACs, memory, one row a node. Weights are not read unless asked for.',
    )
    .argument('<model>', 'an .onnx file, one for a board (.xmodel, .hef, .espdl), or a recipe: its model, or its chain as one')
    .option('--shape <input=sizes>', 'binds free dimensions, e.g. input=1,3,320,320; once for each input', bindShape)
    .option('--weights', 'reads the weights as well: sparsity and range of each layer')
    .option('--hash', "the file's sha256")
    .action(async (model: string, options: InspectOptions) => {
      if (isBoardFile(model)) {
        if (options.shape || options.weights) throw wrongCall('option-value', '--shape and --weights are for ONNX models');
        const document = await inspectBoardFile({ path: model, hash: options.hash });
        return printResult(cli, 'inspect', options, document, (all, style) => boardText(all, style, widthOf(cli)));
      }
      const { file } = isRecipeName(model) ? await givenModel(cli, model, { ...options, threads: 1, device: 'cpu' }) : { file: model };
      const document = await inspectModel({ path: file, shapes: options.shape, weights: options.weights, hash: options.hash });
      printResult(cli, 'inspect', options, document, (all, style) => text(all, style, widthOf(cli)));
    });
  examples(command, `lathe inspect ${sample.model}`, `lathe inspect ${sample.model} --weights --json`);
}

function text(document: InspectDocument, style: Style, width: number): string {
  const { file, macs, peakActivationBytes } = document;
  const unknown = style.dim('unknown while dimensions are free: bind them with --shape');
  const head = facts(
    [
      ['file', `${style.bold(file.path)}  ${bytes(file.bytes)}`],
      file.sha256 === undefined ? undefined : ['sha256', file.sha256],
      ['opset', `${document.opset}${document.producer ? `, made by ${visible(document.producer)}` : ''}`],
      ...values('input', document.inputs),
      ...values('output', document.outputs),
      ['nodes', `${document.nodes}: ${operatorList(document.operators, width - 30)}`],
      ['parameters', `${count(document.parameters)} (${bytes(document.weightBytes)} of weights)`],
      ['MACs', macs === null ? unknown : `${count(macs)} for one picture`],
      ['activations', peakActivationBytes === null ? unknown : `${bytes(peakActivationBytes)} at the peak, for one picture`],
      ...document.findings
        .slice(0, 8)
        .map(({ message, node }): [string, string] => ['note', visible(node === undefined ? message : `${message} (${node})`)]),
      document.findings.length > 8 ? ['', `and ${document.findings.length - 8} more`] : undefined,
    ],
    style,
  );
  return `${head}\n\n${layerTable(document.layers, width, style)}`;
}

function boardText(document: InspectBoardDocument, style: Style, width: number): string {
  const { file, macs, xir } = document;
  const head = facts(
    [
      ['file', `${style.bold(file.path)}  ${bytes(file.bytes)}`],
      file.sha256 === undefined ? undefined : ['sha256', file.sha256],
      ['format', visible(document.format)],
      ...document.facts.slice(0, 40).map(([name, value]): [string, string] => [visible(cut(name)), visible(cut(value))]),
      ...values('input', document.inputs),
      ...values('output', document.outputs),
      ['nodes', `${document.nodes}: ${operatorList(document.operators, width - 30)}`],
      ['parameters', `${count(document.parameters)} (${bytes(document.weightBytes)} of weights)`],
      macs === null ? undefined : ['MACs', `${count(macs)} for one picture`],
      ...document.findings.slice(0, 12).map(({ message }): [string, string] => ['note', visible(message)]),
    ],
    style,
  );
  const parts = xir?.subgraphs.length ? `${subgraphTable(xir.subgraphs, width, style)}\n\n` : '';
  return `${head}\n\n${parts}${layerTable(document.layers, width, style)}`;
}

function subgraphTable(parts: NonNullable<InspectBoardDocument['xir']>['subgraphs'], width: number, style: Style): string {
  const right = (title: string): Column => ({ title, align: 'right' });
  return table(
    [{ title: 'sub-graph', flexible: true }, { title: 'device' }, right('operators'), right('operations'), right('on the array')],
    parts.map(({ name, device, operators, workload, workloadOnArch }) => [
      name,
      device,
      String(operators),
      workload ? count(workload) : '',
      workloadOnArch ? count(workloadOnArch) : '',
    ]),
    width,
    style,
  );
}

const cut = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);

const values = (word: string, list: readonly InspectedValue[]): [string, string][] =>
  list.map((value, i) => [
    i === 0 ? word + (list.length > 1 ? 's' : '') : '',
    `${visible(value.name)}  ${visible(shape(value.shape))} ${value.type}`,
  ]);

function operatorList(operators: Record<string, number>, width: number): string {
  const words = Object.entries(operators).map(([op, number]) => `${number} ${visible(op)}`);
  let shown = words.length;
  while (shown > 1 && words.slice(0, shown).join(', ').length > width) shown--;
  return words.slice(0, shown).join(', ') + (shown < words.length ? ` and ${words.length - shown} more kinds` : '');
}

function layerTable(layers: readonly InspectedLayer[], width: number, style: Style): string {
  const withWeights = layers.some((layer) => layer.sparsity !== undefined);
  const columns: Column[] = [
    { title: 'layer', flexible: true },
    { title: 'operator' },
    { title: 'output' },
    { title: 'parameters', align: 'right' },
    { title: 'MACs', align: 'right' },
    { title: 'bits', align: 'right' },
    ...(withWeights
      ? ([
          { title: 'zeros', align: 'right' },
          { title: 'range', align: 'right' },
        ] as Column[])
      : []),
  ];
  const number = (value: number | null | undefined): string =>
    value === null || value === undefined ? '?' : value === 0 ? '' : count(value);
  const rows = layers.map((layer) => [
    layer.name,
    layer.op,
    shape(layer.outputShape),
    number(layer.parameters),
    number(layer.macs),
    layer.bits === undefined ? '' : String(layer.bits),
    ...(withWeights ? [percent(layer.sparsity), layer.range ? layer.range.map((end) => end.toPrecision(3)).join(' … ') : ''] : []),
  ]);
  return table(columns, rows, width, style);
}

const percent = (share: number | undefined): string => (share === undefined ? '' : `${(100 * share).toFixed(1)} %`);
