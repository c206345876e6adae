import { bytes, count, shortNumber } from '../../protocol/format.ts';
import type { ChainPlan, ChainThroughput, ChainWay } from '../../protocol/results/chain.ts';
import { bold, dim, green, plain, red, yellow } from './paint.ts';

const size = (value: number | null): string => (value === null ? '?' : bytes(value));

/** How several models run on a target, as lines for a terminal. */
export function chainLines({ stages, order, crossings, files, schedule, memory, latency, findings }: ChainPlan): string[] {
  const row = order.map((step) => step.map((at) => bold(plain(stages[at]?.alias ?? ''))).join(' + ')).join(' → ');
  const least = latency.leastMs === null ? '' : `, ${shortNumber(latency.leastMs)} ms at least`;
  const marks = { error: red('error'), warning: yellow('warning'), info: dim('note') };
  return [
    `${row}: ${files === 'whole' ? 'one file' : 'a file each'}${least}`,
    dim(`  ${schedule.text}`),
    ...stages.map(({ alias, macs, weightBytes, activationBytes, conversions }) => {
      const before = conversions.map(({ op, device }) => `${plain(op)} on the ${plain(device)}`).join(', ');
      const work = macs.all === null ? '?' : count(macs.all);
      return `  ${bold(plain(alias))}: ${work} MACs, ${bytes(weightBytes)} of weights, ${size(activationBytes)} of activations${before ? `; in front of it ${before}` : ''}`;
    }),
    ...crossings.map(({ from, to, bytes: each, type }) =>
      dim(`  ${plain(stages[from]?.alias ?? '')} → ${plain(stages[to]?.alias ?? '')}: ${size(each)} a picture as ${plain(type)}`),
    ),
    ...memory.map(({ name, bytes: needed, limit, fits }) => {
      const text = `  ${name}: ${size(needed)}${limit === undefined ? '' : ` of ${bytes(limit)}`}`;
      return fits === false ? red(text) : dim(text);
    }),
    ...findings.map(
      ({ severity, message, hint }) => `  ${marks[severity]} ${plain(message)}${hint === undefined ? '' : ` — ${plain(hint)}`}`,
    ),
  ];
}

const wayNames: Readonly<Record<ChainWay['way'], string>> = { whole: 'one file', series: 'in series', pipelined: 'pipelined' };

/** What a chain got through. */
export function throughputLines({ stages, limit, ways, equal }: ChainThroughput): string[] {
  const width = Math.max(...ways.map(({ way }) => wayNames[way].length));
  return [
    ...ways.map(({ way, threads, fps, latencyMs }) => {
      const of = `${threads} thread${threads === 1 ? '' : 's'} a session`;
      return `${wayNames[way].padEnd(width)}  ${bold(`${shortNumber(fps)} pictures/s`)}, ${shortNumber(latencyMs.median)} ms ${dim(`(${of})`)}`;
    }),
    `${plain(stages[limit]?.alias ?? '')} limits the pipeline (${stages.map(({ alias, ms }) => `${plain(alias)} ${shortNumber(ms)} ms`).join(', ')})`,
    equal.equal === equal.elements
      ? green(`the same outputs in series and pipelined, ${count(equal.elements)} of ${equal.pictures} pictures`)
      : red(`${count(equal.elements - equal.equal)} of ${count(equal.elements)} outputs differ between series and pipeline`),
  ];
}
