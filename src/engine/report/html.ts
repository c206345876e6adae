import { decibels, plain, seconds } from './format.ts';
import { html, Html } from './html-text.ts';
import { layerSection } from './layer-table.ts';
import { runsSection } from './runs.ts';
import { style } from './style.ts';
import { dataSection, extraSection, floatSection, notes, stepSection, tiles } from './summary.ts';
import type { ReportData } from './types.ts';

/**
 * One HTML file about one run, or about several side by side: no script, nothing loaded from anywhere, light and dark, all foreign
 * text escaped. Equal data give equal bytes.
 */
export function renderReport(data: ReportData | readonly ReportData[]): string {
  const runs = 'result' in data ? [data] : data;
  const [first] = runs;
  const body = runs.length === 1 && first ? oneRun(first) : severalRuns(runs);
  const title = runs.length === 1 && first ? `Lathe: ${first.name}` : `Lathe: ${runs.length} runs`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html> `.text;
}

const date = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

function oneRun(run: ReportData): Html {
  const { result, target, task, started, ended } = run;
  const time = ended === undefined ? NaN : (Date.parse(ended) - Date.parse(started)) / 1000;
  return html`<h1>${run.name}</h1>
    <p class="soft">
      for <b>${target}</b>${task === 'none' ? '' : `, ${task}`} · ${date(started)}${time > 0 ? ` · ${seconds(time)}` : ''} · Lathe
      ${run.versions['lathe']}
    </p>
    ${tiles(run)}${notes(run)}${stepSection(run)}${dataSection(run)}${layerSection(run)}${outputSection(run)}${floatSection(run)}${extraSection(run)}
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

function outputSection({ outputs = [] }: ReportData): Html {
  if (outputs.length === 0) return html``;
  const rows = outputs.map(
    ({ name, sqnrDb, cosine, maxAbs }) =>
      html`<tr>
        <td class="name">${name}</td>
        <td class="number">${sqnrDb === null ? 'equal' : `${decibels(sqnrDb)} dB`}</td>
        <td class="number">${cosine.toFixed(5)}</td>
        <td class="number">${plain(maxAbs)}</td>
      </tr>`,
  );
  return html`<h2>Outputs</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Output</th>
            <th class="number">Error (SQNR)</th>
            <th class="number">Cosine</th>
            <th class="number">Largest difference</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
}

const severalRuns = (runs: readonly ReportData[]): Html =>
  html`<h1>${runs.length} runs</h1>
    ${runsSection(runs)}`;
