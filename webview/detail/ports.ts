import { css, html, nothing, type TemplateResult } from 'lit';
import { bytes, shape, visible } from '../../src/protocol/format.ts';
import type { PortView } from '../../src/protocol/view.ts';

/** Inputs or outputs of a node, with who makes and who reads them. `go`: a link was followed. */
export function portsSection(title: string, list: readonly PortView[], go: (node: number) => void): TemplateResult | typeof nothing {
  if (list.length === 0) return nothing;
  return html`<h3>${title}</h3>
    <ol class="ports">
      ${list.map((port) => html`<li>${portEntry(port, title === 'Inputs', go)}</li>`)}
    </ol>`;
}

function portEntry(port: PortView, isInput: boolean, go: (node: number) => void): TemplateResult {
  const role = port.role ? html`<span class="role">${port.role}</span> ` : nothing;
  if (port.kind === 'absent') return html`${role}<span class="type">not given</span>`;
  const size = port.bytes === undefined ? '' : `, ${bytes(port.bytes)}`;
  return html`${role}${visible(port.name)}
    <div class="type">${port.kind === 'constant' ? 'constant ' : ''}${port.type} ${shape(port.shape)}${size}</div>
    ${links(port, isInput, go)}`;
}

function links({ links = [], linkCount = 0 }: PortView, isInput: boolean, go: (node: number) => void): TemplateResult | typeof nothing {
  if (links.length === 0) return nothing;
  const more = linkCount - links.length;
  return html`<div class="links">
    ${isInput ? 'from' : 'to'}
    ${links.map(
      ({ node, op, name }) =>
        html`<button type="button" class="link" title=${visible(name)} @click=${() => go(node)}>
          ${visible(op)}${op === name ? '' : html` <span>${visible(name)}</span>`}
        </button>`,
    )}
    ${more > 0 ? html`<span class="type">and ${more} more</span>` : nothing}
  </div>`;
}

export const portStyles = css`
  .ports {
    list-style: none;
    margin: 0;
    padding: 0;
  }
  .ports li {
    margin-top: 5px;
  }
  .role {
    font-weight: 600;
  }
  .type,
  .links {
    color: var(--vscode-descriptionForeground);
    font-variant-numeric: tabular-nums;
  }
  .link {
    font: inherit;
    padding: 0;
    border: none;
    background: none;
    color: var(--vscode-textLink-foreground);
    cursor: pointer;
    text-align: start;
    text-decoration: underline;
    overflow-wrap: anywhere;
    margin-inline-end: 8px;
  }
  .link:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: 1px;
  }
`;
