import { css, html, type TemplateResult } from 'lit';
import { bytes, count } from '../../src/protocol/format.ts';
import type { ModelView } from '../../src/protocol/view.ts';
import { exact } from './words.ts';

/** The figures of the model in one line: "0.27 M params · 40.6 M MACs · 1.1 MB · opset 13". */
export function facts({ parameters, weightBytes, macs, fileBytes, format, layers }: ModelView): TemplateResult {
  const opset = /opset \d+/.exec(format)?.[0] ?? format;
  const all: [text: string, title: string][] = [
    [`${exact(layers.length)} layers`, ''],
    [`${count(parameters)} params`, `${exact(parameters)} parameters, ${bytes(weightBytes)} of weights`],
    [
      macs === null ? 'MACs unknown' : `${count(macs)} MACs`,
      macs === null ? 'The input has free dimensions' : `${exact(macs)} multiply-adds`,
    ],
    [bytes(fileBytes), `The file has ${exact(fileBytes)} bytes`],
    [opset, format],
  ];
  return html`<ul class="line" aria-label="About the model">
    ${all.map(([text, title]) => html`<li title=${title}>${text}</li>`)}
  </ul>`;
}

export const factStyles = css`
  .line {
    display: flex;
    flex-wrap: wrap;
    margin: 0;
    padding: 0;
    list-style: none;
    font-variant-numeric: tabular-nums;
    color: var(--vscode-descriptionForeground);
  }
  .line li:not(:last-child)::after {
    content: '·';
    padding: 0 7px;
  }
`;
