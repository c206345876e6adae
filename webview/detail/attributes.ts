import { css, html, nothing, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import type { AttributeView } from '../../src/protocol/view.ts';

/** Attributes with what they mean; those that the file leaves out stand apart, with what then holds. */
export function attributesSection(attributes: readonly AttributeView[]): TemplateResult | typeof nothing {
  const given = attributes.filter(({ byDefault }) => !byDefault);
  const defaults = attributes.filter(({ byDefault }) => byDefault);
  if (attributes.length === 0) return nothing;
  return html`<h3>Attributes</h3>
    ${given.length ? rows(given) : html`<p class="summary">All have their defaults.</p>`}
    ${
      defaults.length
        ? html`<details class="defaults">
            <summary>${defaults.length} not in the file: by default</summary>
            ${rows(defaults)}
          </details>`
        : nothing
    }`;
}

const rows = (attributes: readonly AttributeView[]): TemplateResult =>
  html`<dl class="attributes">
    ${attributes.map(
      ({ name, type, value, meaning }) =>
        html`<dt title=${type}>${visible(name)}</dt>
          <dd>${visible(value)}${meaning ? html`<div class="meaning">${meaning}.</div>` : nothing}</dd>`,
    )}
  </dl>`;

export const attributeStyles = css`
  .meaning {
    color: var(--vscode-descriptionForeground);
    font-size: 0.92em;
    white-space: normal;
  }
  .attributes dd {
    white-space: normal;
  }
  .defaults {
    margin-top: 6px;
  }
  .defaults summary {
    color: var(--vscode-descriptionForeground);
    cursor: pointer;
  }
  .defaults summary:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
  }
`;
