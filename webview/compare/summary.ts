import { css, html, nothing, type TemplateResult } from 'lit';
import type { ComparedFile } from '../../src/protocol/compare-messages.ts';
import type { DiffedModel, ModelDiff } from '../../src/protocol/diff.ts';
import { bytes, bytesChange, count, visible } from '../../src/protocol/format.ts';

export interface Files {
  a: ComparedFile;
  b: ComparedFile;
}

/** Which files, and what they take before and after. */
export function summary({ a, b }: Files, diff: ModelDiff | undefined, open: (side: 'a' | 'b') => void): TemplateResult {
  return html`<header>
    <h1>${file(a, () => open('a'))} <span aria-label="against">↔</span> ${file(b, () => open('b'))}</h1>
    ${diff ? figures(diff.models.a, diff.models.b) : nothing}
  </header>`;
}

const file = (one: ComparedFile, open: () => void): TemplateResult =>
  html`<span class="file"
    >${one.opens ? html`<button type="button" class="link" title="Open ${visible(one.name)}" @click=${open}>${visible(one.name)}</button>` : visible(one.name)}${
      one.place ? html` <span class="soft">${visible(one.place)}</span>` : nothing
    }</span
  >`;

function figures(a: DiffedModel, b: DiffedModel): TemplateResult {
  return html`<dl class="figures">
    ${figure('File', bytesChange(a.fileBytes, b.fileBytes), share(a.fileBytes, b.fileBytes), a.fileBytes === b.fileBytes && bytes(a.fileBytes))}
    ${figure('Weights', bytesChange(a.weightBytes, b.weightBytes), share(a.weightBytes, b.weightBytes), a.weightBytes === b.weightBytes && bytes(a.weightBytes))}
    ${figure('Parameters', `${count(a.parameters)} → ${count(b.parameters)}`, share(a.parameters, b.parameters), a.parameters === b.parameters && count(a.parameters))}
    ${figure('MACs', `${macs(a)} → ${macs(b)}`, share(a.macs, b.macs), a.macs === b.macs && macs(a))}
    ${figure('Bits', `${bits(a)} → ${bits(b)}`, '', bits(a) === bits(b) && bits(a))}
    ${figure('Format', `${a.format} → ${b.format}`, '', a.format === b.format && a.format)}
    ${figure('Nodes', `${a.layers} → ${b.layers}`, '', a.layers === b.layers && String(a.layers))}
  </dl>`;
}

/** `same`: what to show where nothing changed. */
const figure = (name: string, change: string, by: string, same: string | false): TemplateResult =>
  html`<div>
    <dt>${name}</dt>
    <dd>${same || html`<strong>${change}</strong>`} ${same || !by ? nothing : html`<span class="soft">${by}</span>`}</dd>
  </div>`;

/** "−73 %". */
export function share(before: number | null, after: number | null): string {
  if (before === null || after === null || before === 0) return '';
  const percent = ((after - before) / before) * 100;
  const text = Math.abs(percent) >= 10 ? String(Math.round(Math.abs(percent))) : Math.abs(percent).toFixed(1);
  return `${percent < 0 ? '−' : '+'}${text} %`;
}

const macs = ({ macs: value }: DiffedModel): string => (value === null ? 'unknown' : count(value));

/** "8" where all weights have it; "8 (20 layers), 32 (2)". */
function bits({ bits: widths }: DiffedModel): string {
  if (widths.length === 0) return 'none';
  if (widths.length === 1) return String(widths[0]![0]);
  const [[first, layers], ...rest] = widths as [[number, number], ...[number, number][]];
  return [
    `${first} (${layers} layers)`,
    ...rest.slice(0, 2).map(([width, number]) => `${width} (${number})`),
    ...(rest.length > 2 ? ['…'] : []),
  ].join(', ');
}

export const summaryStyles = css`
  header {
    flex: none;
    padding: 8px 14px 6px;
    border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
  }
  h1 {
    font-size: 1.15em;
    font-weight: 600;
    margin: 0 0 4px;
    overflow-wrap: anywhere;
  }
  .soft {
    color: var(--vscode-descriptionForeground);
    font-weight: normal;
  }
  .link {
    all: unset;
    color: var(--vscode-textLink-foreground);
    cursor: pointer;
  }
  .link:hover {
    text-decoration: underline;
  }
  .link:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
  }
  .figures {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 18px;
    margin: 0;
    font-variant-numeric: tabular-nums;
  }
  .figures div {
    display: flex;
    gap: 6px;
  }
  .figures dt {
    color: var(--vscode-descriptionForeground);
  }
  .figures dd {
    margin: 0;
  }
  .figures strong {
    font-weight: 600;
  }
`;
