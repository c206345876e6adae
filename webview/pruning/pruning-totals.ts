import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit';
import type { PrunedCosts } from '../../src/protocol/pruning.ts';
import { totalsOf } from './texts.ts';

/** Parameters, multiply-adds and size, before → after, with a bar of what is left. */
export class PruningTotals extends LitElement {
  static override properties = { from: { attribute: false }, to: { attribute: false } };

  declare from: PrunedCosts;
  declare to: PrunedCosts | undefined;

  override render(): TemplateResult | typeof nothing {
    if (!this.to) return nothing;
    return html`<dl>
      ${totalsOf(this.from, this.to).map(
        ({ label, change, won, part }) =>
          html`<div>
            <dt>${label}</dt>
            <dd class="won">${won}</dd>
            <dd class="change">${change}</dd>
            <dd aria-hidden="true">
              <svg viewBox="0 0 100 6" preserveAspectRatio="none">
                ${svg`<rect class="whole" width="100" height="6" /><rect class="left" width=${100 * part} height="6" />`}
              </svg>
            </dd>
          </div>`,
      )}
    </dl>`;
  }

  static override styles = css`
    :host {
      display: block;
    }
    dl {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(170px, 1fr));
      gap: 12px 28px;
      margin: 0;
      font-variant-numeric: tabular-nums;
    }
    dt {
      color: var(--vscode-descriptionForeground);
    }
    dd {
      margin: 0;
    }
    .won {
      font-size: 1.7em;
      line-height: 1.3;
    }
    svg {
      display: block;
      width: 100%;
      height: 6px;
      margin-top: 5px;
    }
    .whole {
      fill: none;
      stroke: var(--vscode-contrastBorder, var(--vscode-editorWidget-border, #888));
      stroke-width: 1;
      vector-effect: non-scaling-stroke;
    }
    .left {
      fill: var(--vscode-charts-blue, var(--vscode-foreground));
    }
  `;
}
