import { count, timeLeft } from '../../protocol/format.ts';
import type { AnalyzeDocument, AnalyzedLayer } from '../../protocol/results/analyze.ts';
import type { ChannelsDocument } from '../../protocol/results/channels.ts';
import type { Width } from '../../protocol/results/common.ts';
import { difference, figure } from './figures.ts';
import type { Style } from './style.ts';
import { facts, table } from './table.ts';

/** Channels that the table shows: the worst. */
const shownChannels = 20;

const right = (title: string) => ({ title, align: 'right' as const });

/** Merged figures have no time of their own. */
type MeasuredOnly = Omit<AnalyzeDocument, 'seconds' | 'cached'> & Partial<Pick<AnalyzeDocument, 'seconds' | 'cached'>>;

/** A table of layers, worst first, with what they are compared with above. */
export function analysisText(document: MeasuredOnly, style: Style, width: number): string {
  const { method, measure, samples, layers, baseline, notAnalyzed, seconds, cached } = document;
  const runs = `${document.forwardPasses.toFixed(0)} runs of the model`;
  const head = facts(
    [
      ['model', document.model],
      ['method', `${method}, ${measure}, ${samples} pictures`],
      ...baseline.map((base): [string, string] => [
        base.model === 'float' ? 'float model' : `all ${widthText(base.weights ?? 'float', base.activations ?? 'float')}`,
        valueText(base, document),
      ]),
      ['cost', cached ? 'known from before' : [...(seconds === undefined ? [] : [`${seconds.toFixed(1)} s`]), runs].join(', ')],
    ],
    style,
  );
  const differs = layers.some((layer) => layer.difference);
  const rows = layers.map((layer) => [
    layer.name,
    layer.op,
    widthText(layer.weights, layer.activations),
    valueText(layer, document),
    ...(differs ? [layer.difference ? difference(layer.difference.value, document.unit) : ''] : []),
    count(layer.parameters),
    layer.macs === null ? '?' : count(layer.macs),
  ]);
  const columns = [
    { title: 'layer', flexible: true },
    { title: 'operator' },
    { title: 'width' },
    right(measure),
    ...(differs ? [right('change')] : []),
    right('parameters'),
    right('MACs'),
  ];
  const note =
    method === 'leave-one-out'
      ? 'Each layer stays float while all others are quantized; first the one that gains most by it.'
      : 'Layers that take quantization worst come first.';
  return [head, table(columns, rows, width, style), style.dim(note), ...leftOut(notAnalyzed, style)].join('\n\n');
}

/** Nodes without a figure, by reason. */
function leftOut(nodes: AnalyzeDocument['notAnalyzed'], style: Style): string[] {
  const reasons = new Map<string, string[]>();
  for (const { name, reason } of nodes) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  if (reasons.size === 0) return [];
  const lines = [...reasons].map(([reason, names]) => {
    const shown = names.slice(0, 3).join(', ');
    return `${names.length} × ${reason}: ${shown}${names.length > 3 ? ' …' : ''}`;
  });
  return [style.dim(`not analyzed:\n${lines.join('\n')}`)];
}

function valueText({ value, equal }: Pick<AnalyzedLayer, 'value' | 'equal'>, { unit }: Pick<AnalyzeDocument, 'unit'>): string {
  if (equal) return 'equal';
  if (value === null) return '?';
  return unit === '' || unit === 'nats' ? `${value.toPrecision(4)}${unit && ` ${unit}`}` : figure(value, unit);
}

const widthText = (weights: Width, activations: Width): string =>
  `${weights === 'float' ? '' : `w${weights}`}${activations === 'float' ? '' : `a${activations}`}`;

/** "38 layers × 64 pictures: about 40 s, 730 runs of the model" */
export function estimateLine({ estimate, forwardPasses }: AnalyzeDocument): string {
  if (!estimate) return 'there is nothing to measure';
  return `${estimate.layers} layers × ${estimate.samples} pictures: ${timeLeft(estimate.seconds)}, ${forwardPasses.toFixed(0)} runs of the model`;
}

/** One layer: its output as a whole, what it reads, and its worst channels. */
export function channelsText(document: ChannelsDocument, style: Style, width: number): string {
  const { layer, op, input, channels, samples } = document;
  const head = facts(
    [
      ['layer', `${layer}  ${op}, ${widthText(document.weights, document.activations)}`],
      ['output', `${decibels(document)} on ${samples} pictures, this layer alone quantized`],
      input && [
        'reads',
        `${input.value}  ${short(input.low)} to ${short(input.high)}, ${input.bits} bits from ${short(input.from)} to ${short(input.to)}`,
      ],
    ].filter((fact): fact is [string, string] => Array.isArray(fact)),
    style,
  );
  const rows = channels
    .slice(0, shownChannels)
    .map(({ channel, weights, low, high, share, ...error }) => [
      String(channel),
      `${(100 * share).toFixed(1)} %`,
      decibels(error),
      `${short(low)} to ${short(high)}`,
      weights ? `${short(weights.low)} to ${short(weights.high)}` : '',
      weights ? decibels(weights) : '',
    ]);
  const columns = [right('channel'), right('of the noise'), right('SQNR'), right('output'), right('weights'), right('their SQNR')];
  const rest = channels.length - rows.length;
  const note = rest > 0 ? [style.dim(`and ${rest} more channels, with less of the noise`)] : [];
  return [head, table(columns, rows, width, style), ...note].join('\n\n');
}

const decibels = ({ sqnrDb, equal }: { sqnrDb: number | null; equal?: true }): string =>
  equal || sqnrDb === null ? 'equal' : figure(sqnrDb, 'dB');

const short = (value: number): string => String(Number(value.toPrecision(3)));
