import type { ChainCrossing, ChainMemory, ChainPlan, ChainStage, ChainThroughput, ChainWay } from '../../protocol/results/chain.ts';
import { bytes, count, threeDigits } from './format.ts';
import { html, type Html } from './html-text.ts';
import { boardName } from './stages.ts';
import { table } from './table.ts';
import type { ReportData } from './types.ts';

const size = (value: number | null): string => (value === null ? 'not known' : bytes(value));

/** Several models that run one after another: how on the target, and what they got through where they were measured. */
export function chainSection({ result: { chain: plan }, target, deployments = [] }: ReportData): Html {
  const measured = deployments.filter(({ chain }) => chain);
  if (!plan && measured.length === 0) return html``;
  return html`<h2>The models in a row</h2>
    ${plan ? planPart(plan, target) : ''} ${measured.map((one) => measuredPart(boardName(one), one.chain!))}`;
}

function planPart(plan: ChainPlan, target: string): Html {
  const { stages, order, crossings, latency, memory, schedule, findings, files } = plan;
  const text = order.map((step) => step.map((at) => stages[at]!.alias).join(' + ')).join(' → ');
  return html`<p>
      On <b>${target}</b>: ${text}, ${files === 'whole' ? 'one file for the whole' : 'a file for each model'}. ${schedule.text}
      <span class="soft small">${schedule.source}</span>
    </p>
    ${table<ChainStage>('Models in a row', stages, [
      { title: 'Model', kind: 'name', cell: ({ alias }) => alias },
      { title: 'In front of it', cell: conversionText },
      { title: 'Sub-graphs', cell: ({ subgraphs }) => subgraphs.map((one) => `${one.subgraphs} ${one.device}`).join(', ') },
      { title: 'Multiply-adds', number: true, cell: ({ macs }) => (macs.all === null ? 'not known' : count(macs.all)) },
      { title: 'Weights', number: true, cell: ({ weightBytes }) => bytes(weightBytes) },
      { title: 'Activations', number: true, cell: ({ activationBytes }) => size(activationBytes) },
      { title: 'At least', number: true, cell: ({ leastMs }) => (leastMs === null ? '' : `${threeDigits(leastMs)} ms`) },
    ])}
    ${
      latency.leastMs === null || latency.mostFps === null
        ? ''
        : html`<p>
            ${threeDigits(latency.leastMs)} ms a picture at least, ${threeDigits(latency.mostFps)} pictures a second at most
            (${latency.text}). Nothing of this was measured.
          </p>`
    }
    ${
      crossings.length
        ? table<ChainCrossing>('Between models', crossings, [
            { title: 'From', kind: 'name', cell: ({ from }) => stages[from]?.alias },
            { title: 'To', kind: 'name', cell: ({ to }) => stages[to]?.alias },
            { title: 'Type', cell: ({ type }) => type },
            { title: 'A picture', number: true, cell: (one) => size(one.bytes) },
            { title: 'Tensor', kind: 'name', cell: ({ tensor }) => tensor },
          ])
        : ''
    }
    ${table<ChainMemory>('Memory', memory, [
      { title: 'Memory', kind: 'wide', cell: ({ name }) => name },
      { title: 'Needed', number: true, cell: (one) => size(one.bytes) },
      { title: 'There', number: true, cell: ({ limit }) => (limit === undefined ? '' : bytes(limit)) },
      { title: 'Fits', cell: ({ fits }) => (fits === undefined ? '' : fits ? 'yes' : 'no') },
      { title: 'Why', kind: 'wide', cell: ({ text: why }) => why },
    ])}
    ${
      findings.length
        ? html`<ul>
            ${findings.map(({ severity, message, hint }) => html`<li><b>${severity}</b>: ${message}${hint === undefined ? '' : html` <span class="soft">${hint}</span>`}</li>`)}
          </ul>`
        : ''
    }`;
}

const conversionText = ({ conversions }: ChainStage): string =>
  conversions.map(({ op, device, nodes }) => `${nodes === 1 ? '' : `${nodes} `}${op} (${device})`).join(', ');

const wayNames: Readonly<Record<ChainWay['way'], string>> = {
  whole: 'one file, in series',
  series: 'a file each, in series',
  pipelined: 'a file each, pipelined',
};

function measuredPart(board: string, { stages, limit, ways, queue, equal }: ChainThroughput): Html {
  const each = stages.map(({ alias, ms }) => `${alias} ${ms.toFixed(2)} ms`).join(', ');
  return html`<p>Measured, ${board}:</p>
    ${table<ChainWay>('In series and pipelined', ways, [
      { title: 'Way', cell: ({ way }) => wayNames[way] },
      { title: 'Threads a session', number: true, cell: ({ threads }) => threads },
      { title: 'Pictures a second', number: true, cell: ({ fps }) => fps.toFixed(1) },
      { title: 'Latency', number: true, cell: ({ latencyMs }) => `${latencyMs.median.toFixed(2)} ms` },
      { title: '90 %', number: true, cell: ({ latencyMs }) => `${latencyMs.p90.toFixed(2)} ms` },
    ])}
    <p class="soft small">
      ${each}; ${stages[limit]?.alias ?? ''} limits the pipeline, ${queue} pictures may wait in front of each.
      ${
        equal.equal === equal.elements
          ? `All ${count(equal.elements)} outputs of ${equal.pictures} pictures are the same in series and pipelined.`
          : `${count(equal.elements - equal.equal)} of ${count(equal.elements)} outputs differ between series and pipeline.`
      }
    </p>`;
}
