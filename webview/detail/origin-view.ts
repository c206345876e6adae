import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import { modelMessages } from '../../src/protocol/webview.ts';
import type { OriginView } from '../../src/protocol/weights.ts';
import { channel } from '../host.ts';
import { channelsSection, channelStyles } from './channels.ts';
import { panelStyles } from './panel-styles.ts';

/** What the run that made this model, or the newest that began with it, did to a layer. Fires `origin` (detail: OriginView | null) once it knows. */
export class OriginElement extends LitElement {
  static override properties = { node: { attribute: false }, origin: { state: true } };

  declare node: number;
  declare origin: OriginView | null;

  constructor() {
    super();
    this.node = -1;
    this.origin = null;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('node')) return;
    this.origin = null;
    if (this.node >= 0) void this.#ask(this.node);
  }

  override render(): TemplateResult | typeof nothing {
    const { origin } = this;
    if (!origin) return nothing;
    return html`<section aria-label=${origin.title}>
      <h3>${origin.title}</h3>
      <p class="summary">${visible(origin.text)}</p>
      <dl>
        ${origin.rows.map(
          ([label, value]) =>
            html`<dt>${label}</dt>
              <dd>${visible(value)}</dd>`,
        )}
      </dl>
      ${origin.values.map(channelsSection)}
    </section>`;
  }

  async #ask(node: number): Promise<void> {
    // A view without runs does not answer: then there is nothing to say.
    const origin = await channel.ask(modelMessages.origin, { node }).catch(() => null);
    if (node !== this.node) return;
    this.origin = origin;
    this.dispatchEvent(new CustomEvent('origin', { detail: origin }));
  }

  static override styles = [
    panelStyles,
    channelStyles,
    css`
      :host {
        display: block;
      }
      .summary,
      dt {
        color: var(--vscode-descriptionForeground);
      }
      dl {
        display: grid;
        grid-template-columns: minmax(5em, auto) 1fr;
        gap: 2px 10px;
        margin: 4px 0 0;
      }
      dt,
      dd {
        margin: 0;
      }
    `,
  ];
}
