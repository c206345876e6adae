import { css, html, nothing, type TemplateResult } from 'lit';
import { bytes, count, shape, visible } from '../../src/protocol/format.ts';
import type { ModelView, ValueView } from '../../src/protocol/view.ts';

const exact = (value: number): string => value.toLocaleString('en');

/** Name, size, cost, inputs and outputs of the model. */
export function modelHeader(model: ModelView): TemplateResult {
  const facts: [label: string, value: string, title: string][] = [
    ['File', bytes(model.fileBytes), `${exact(model.fileBytes)} bytes`],
    ['Parameters', count(model.parameters), `${exact(model.parameters)}, ${bytes(model.weightBytes)} of weights`],
    [
      'MACs',
      model.macs === null ? 'unknown' : count(model.macs),
      model.macs === null ? 'The input has free dimensions' : exact(model.macs),
    ],
    [
      'Peak activations',
      model.peakActivationBytes === null ? 'unknown' : bytes(model.peakActivationBytes),
      'Most memory that values between layers take at once, batch of one',
    ],
    ['Format', model.format, ''],
    ['Producer', visible(model.producer) || 'not stated', ''],
  ];
  return html`<header>
    <h1>${model.name}</h1>
    <dl class="facts">
      ${facts.map(
        ([label, value, title]) =>
          html`<div title=${title || nothing}>
            <dt>${label}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    <dl class="ends">
      ${model.inputs.map((value) => end('Input', value))} ${model.outputs.map((value) => end('Output', value))}
      ${model.findings.map(
        (finding) =>
          html`<dt>Note</dt>
            <dd>${finding}</dd>`,
      )}
    </dl>
    ${
      model.metadata.length
        ? html`<details>
            <summary>Stored with the model (${model.metadata.length})</summary>
            <dl class="ends">
              ${model.metadata.map(
                ([name, value]) =>
                  html`<dt>${visible(name)}</dt>
                    <dd>${visible(value)}</dd>`,
              )}
            </dl>
          </details>`
        : nothing
    }
  </header>`;
}

const end = (label: string, value: ValueView): TemplateResult =>
  html`<dt>${label}</dt>
    <dd>${visible(value.name)} <span class="type">${value.type} ${shape(value.shape)}</span></dd>`;

export const headerStyles = css`
  header {
    padding: 12px 16px 4px;
  }
  h1 {
    font-size: 1.4em;
    font-weight: 600;
    margin: 0 0 8px;
    overflow-wrap: anywhere;
  }
  .facts {
    display: flex;
    flex-wrap: wrap;
    gap: 6px 28px;
    margin: 0 0 10px;
  }
  .facts div {
    display: flex;
    flex-direction: column-reverse;
  }
  .facts dt,
  .facts dd {
    margin: 0;
  }
  .facts dt {
    color: var(--vscode-descriptionForeground);
    font-size: 0.9em;
  }
  .facts dd {
    font-size: 1.15em;
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
  }
  .ends {
    display: grid;
    grid-template-columns: max-content minmax(0, 1fr);
    gap: 2px 12px;
    margin: 0;
    max-height: 9em;
    overflow: auto;
  }
  .ends dt {
    color: var(--vscode-descriptionForeground);
  }
  .ends dd {
    margin: 0;
    overflow-wrap: anywhere;
  }
  .ends .type,
  .more {
    color: var(--vscode-descriptionForeground);
  }
  details {
    margin-top: 6px;
    max-height: 12em;
    overflow: auto;
  }
  summary {
    cursor: pointer;
  }
  summary:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
`;
