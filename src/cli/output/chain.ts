import { bytes, count, shortNumber, visible } from '../../protocol/format.ts';
import type { ChainPlan, ChainStage, ChainThroughput, ChainWay } from '../../protocol/results/chain.ts';
import type { Style } from './style.ts';
import { facts, table } from './table.ts';

const size = (value: number | null): string => (value === null ? '?' : bytes(value));

/** How several models run on a target: stages, what goes between them, memory, latency, and what to mind. */
export function chainText(plan: ChainPlan, style: Style, width: number): string {
  return [
    [style.bold('Models in a row'), stageTable(plan, style, width)].join('\n'),
    facts(
      [
        ['in order', orderText(plan)],
        ['files', plan.files === 'whole' ? 'one for the whole' : 'one for each model'],
        ...latencyFacts(plan, style),
      ],
      style,
    ),
    style.dim(`${plan.schedule.text} (${plan.schedule.source})`),
    memoryTable(plan, style, width),
    ...findingLines(plan, style),
  ].join('\n');
}

function stageTable({ stages }: ChainPlan, style: Style, width: number): string {
  const columns = [
    { title: '#', align: 'right' as const },
    { title: 'model', flexible: true },
    { title: 'in front of it', flexible: true },
    { title: 'sub-graphs' },
    { title: 'MACs', align: 'right' as const },
    { title: 'weights', align: 'right' as const },
    { title: 'activations', align: 'right' as const },
    { title: 'at least', align: 'right' as const },
  ];
  const rows = stages.map((stage, at) => [
    String(at),
    visible(stage.alias),
    conversionText(stage),
    stage.subgraphs.map(({ device, subgraphs }) => `${subgraphs} ${device}`).join(', '),
    stage.macs.all === null ? '?' : count(stage.macs.all),
    bytes(stage.weightBytes),
    size(stage.activationBytes),
    stage.leastMs === null ? '?' : `${shortNumber(stage.leastMs)} ms`,
  ]);
  return table(columns, rows, width, style);
}

const conversionText = ({ conversions }: ChainStage): string =>
  conversions.map(({ op, device, nodes }) => `${nodes === 1 ? '' : `${nodes} `}${visible(op)} (${device})`).join(', ');

/** "restore → classify, 12 kB uint8": steps by arrows, what runs side by side by a plus. */
export function orderText({ stages, order, crossings }: ChainPlan): string {
  const chain = order.map((step) => step.map((at) => visible(stages[at]!.alias)).join(' + ')).join(' → ');
  const moved = crossings.map(({ bytes: each, type, from, to }) => {
    const between = crossings.length > 1 ? `${visible(stages[from]!.alias)} to ${visible(stages[to]!.alias)} ` : '';
    return `${between}${size(each)} as ${type}`;
  });
  return moved.length ? `${chain}; ${moved.join(', ')} a picture` : chain;
}

function latencyFacts({ latency, stages }: ChainPlan, style: Style): [string, string][] {
  const { leastMs, mostFps, limit, text } = latency;
  if (leastMs === null || mostFps === null) return [['latency', text]];
  const slowest = limit === null ? '' : `; ${visible(stages[limit]!.alias)} takes most of it`;
  return [
    ['latency', `${style.bold(`${shortNumber(leastMs)} ms`)} at least${slowest}`],
    ['pictures/s', `${shortNumber(mostFps)} at most (${text})`],
  ];
}

function memoryTable({ memory }: ChainPlan, style: Style, width: number): string {
  const columns = [
    { title: 'memory' },
    { title: 'needed', align: 'right' as const },
    { title: 'there', align: 'right' as const },
    { title: 'why', flexible: true },
  ];
  const rows = memory.map(({ name, bytes: needed, limit, fits, text }) => [
    name,
    fits === false ? style.bad(size(needed)) : size(needed),
    limit === undefined ? '' : bytes(limit),
    text,
  ]);
  return table(columns, rows, width, style);
}

function findingLines({ findings }: ChainPlan, style: Style): string[] {
  const paint = { error: style.bad, warning: style.warn, info: style.dim };
  return findings.map(({ severity, message, hint }) => {
    const line = `${paint[severity](severity)}: ${visible(message)}`;
    return hint === undefined ? line : `${line}\n  ${style.dim(visible(hint))}`;
  });
}

const wayNames: Readonly<Record<ChainWay['way'], string>> = {
  whole: 'one file, in series',
  series: 'a file each, in series',
  pipelined: 'a file each, pipelined',
};

/** What was measured, in series and as a pipeline, with the stage that limits. */
export function throughputText({ stages, limit, ways, equal, queue }: ChainThroughput, style: Style, width: number): string {
  const columns = [
    { title: 'way', flexible: true },
    { title: 'threads a session', align: 'right' as const },
    { title: 'pictures/s', align: 'right' as const },
    { title: 'latency', align: 'right' as const },
    { title: '90 %', align: 'right' as const },
  ];
  const rows = ways.map(({ way, threads, fps, latencyMs }) => [
    wayNames[way],
    String(threads),
    style.bold(fps.toFixed(1)),
    `${latencyMs.median.toFixed(2)} ms`,
    `${latencyMs.p90.toFixed(2)} ms`,
  ]);
  const each = stages
    .map(({ alias, ms }, at) => `${at === limit ? style.bold(visible(alias)) : visible(alias)} ${ms.toFixed(2)} ms`)
    .join(', ');
  const same =
    equal.equal === equal.elements
      ? style.good(`all ${count(equal.elements)} outputs of ${equal.pictures} pictures are the same in series and pipelined`)
      : style.bad(`${count(equal.elements - equal.equal)} of ${count(equal.elements)} outputs differ between series and pipeline`);
  return [
    table(columns, rows, width, style),
    `${each}; ${visible(stages[limit]?.alias ?? '')} limits the pipeline, ${queue} ${queue === 1 ? 'picture' : 'pictures'} may wait in front of each`,
    same,
  ].join('\n');
}
