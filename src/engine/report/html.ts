import type { StageTable } from '../../protocol/deployments.ts';
import { chainSection } from './chain.ts';
import { floatSection } from './float-nodes.ts';
import { decibels, plain, seconds } from './format.ts';
import { html, type Html } from './html-text.ts';
import { ladderSection } from './ladder.ts';
import { layerSection } from './layer-table.ts';
import { page } from './page.ts';
import { roundsSection } from './rounds.ts';
import { searchSection } from './search.ts';
import { waysSection } from './ways.ts';
import { stageTable } from './stages.ts';
import { stageSection } from './stages-html.ts';
import { dataSection, extraSection, notes, stepSection, tiles } from './summary.ts';
import { table } from './table.ts';
import { trainingSection } from './training.ts';
import type { ReportData } from './types.ts';

/** One HTML file about one run: no script, nothing loaded from anywhere, light and dark, all foreign text escaped. Equal data give equal bytes. */
export const renderReport = (run: ReportData): string => page(`Lathe: ${run.name}`, oneRun(run));

const date = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

function oneRun(run: ReportData): Html {
  const { result, target, task, started, ended } = run;
  const time = ended === undefined ? NaN : (Date.parse(ended) - Date.parse(started)) / 1000;
  return html`<h1>${run.name}</h1>
    <p class="soft">
      for <b>${target}</b>${task === 'none' ? '' : `, ${task}`} · ${date(started)}${time > 0 ? ` · ${seconds(time)}` : ''} · Lathe
      ${run.versions['lathe']}
    </p>
    ${tiles(run)}${notes(run)}${stageSection(stagesOf(run))}${waysSection(run)}${chainSection(run)}${stepSection(run)}${roundsSection(run)}${trainingSection(run)}${ladderSection(run)}${result.search ? searchSection(result.search) : ''}${dataSection(run)}${layerSection(run)}${outputSection(run)}${floatSection(run)}${extraSection(run)}
    <h2>How to get this again</h2>
    <p>The resolved recipe, all defaults filled in. Seed ${run.seed}; the run folder is <code>${result.run}</code>.</p>
    <details>
      <summary>Recipe</summary>
      <pre>${run.recipe}</pre>
    </details>
    <details>
      <summary>Machine and versions</summary>
      <dl class="facts">
        ${[...Object.entries(run.machine), ...Object.entries(run.versions)].map(
          ([key, value]) =>
            html`<dt>${key}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>
    </details>`;
}

function stagesOf({ result, machine, deployments = [] }: ReportData): StageTable | undefined {
  const { models, metrics, latencyMs } = result;
  const cpu = machine['cpu'];
  return stageTable({ models, metrics, latencyMs, ...(cpu === undefined ? {} : { machine: String(cpu) }) }, deployments);
}

function outputSection({ outputs = [] }: ReportData): Html {
  if (outputs.length === 0) return html``;
  return html`<h2>Outputs</h2>
    ${table('Outputs', outputs, [
      { title: 'Output', kind: 'name', cell: ({ name }) => name },
      { title: 'Error (SQNR)', number: true, cell: ({ sqnrDb }) => (sqnrDb === null ? 'equal' : `${decibels(sqnrDb)} dB`) },
      { title: 'Cosine', number: true, cell: ({ cosine }) => cosine.toFixed(5) },
      { title: 'Largest difference', number: true, cell: ({ maxAbs }) => plain(maxAbs) },
    ])}`;
}
