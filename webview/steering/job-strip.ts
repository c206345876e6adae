import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import type { JobView, OutcomeView } from '../../src/protocol/view.ts';
import { icon } from '../icon.ts';
import { noSteering, steer, type SteeringState } from './state.ts';

/** Jobs for this model: a bar, a line and a way to cancel each; then how they ended and what can be done next. Fires `steer`. */
export class JobStrip extends LitElement {
  static override properties = { state: { attribute: false } };

  declare state: SteeringState;

  constructor() {
    super();
    this.state = noSteering;
  }

  override render(): TemplateResult | typeof nothing {
    const { jobs, outcomes } = this.state;
    if (jobs.length === 0 && outcomes.length === 0) return nothing;
    return html`<section aria-label="Jobs">
      ${jobs.map((job) => this.#job(job))}${outcomes.map((outcome) => this.#outcome(outcome))}
    </section>`;
  }

  #job({ id, title, fraction, text }: JobView): TemplateResult {
    const name = visible(title);
    const share = fraction === undefined ? undefined : Math.round(fraction * 100);
    return html`<div class="line">
      <span class="title">${name}</span>
      <progress aria-label=${name} max="100" .value=${share ?? 0}></progress>
      <span class="share">${share === undefined ? '' : `${share} %`}</span>
      <span class="text">${visible(text)}</span>
      <button
        class="tool"
        title="Cancel"
        aria-label=${`Cancel: ${name}`}
        @click=${() => this.dispatchEvent(steer({ do: 'cancel', job: id }))}
      >
        ${icon('close')} Cancel
      </button>
    </div>`;
  }

  #outcome({ id, title, text, failed, next }: OutcomeView): TemplateResult {
    const follow = (to: OutcomeView['next'][number]['id'] | 'dismiss') => () =>
      this.dispatchEvent(steer({ do: 'follow', outcome: id, to }));
    return html`<div class=${failed ? 'line failed' : 'line'}>
      <span class="title" role="status">${icon(failed ? 'warning' : 'check')} ${visible(title)}${failed ? ' failed' : ''}</span>
      <span class="text outcome">${visible(text)}</span>
      ${next.map(({ id: to, label }) => html`<vscode-button secondary @click=${follow(to)}>${label}</vscode-button>`)}
      <button class="tool" title="Dismiss" aria-label=${`Dismiss: ${visible(title)}`} @click=${follow('dismiss')}>${icon('close')}</button>
    </div>`;
  }

  static override styles = css`
    :host {
      display: block;
    }
    section {
      border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
      padding: 4px 16px;
    }
    .line {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 2px 12px;
      min-height: 26px;
    }
    .title {
      font-weight: 600;
    }
    .text {
      flex: 1 1 16em;
      min-width: 0;
      overflow-wrap: anywhere;
      color: var(--vscode-descriptionForeground);
    }
    .failed .outcome {
      color: var(--vscode-errorForeground);
    }
    .share {
      min-width: 3.2em;
      text-align: right;
      font-variant-numeric: tabular-nums;
    }
    progress {
      appearance: none;
      width: 140px;
      height: 6px;
      border: 1px solid var(--vscode-contrastBorder, var(--vscode-editorWidget-border, transparent));
      border-radius: 3px;
      overflow: hidden;
      background: var(--vscode-editorWidget-background, transparent);
    }
    progress::-webkit-progress-bar {
      background: transparent;
    }
    progress::-webkit-progress-value {
      background: var(--vscode-progressBar-background);
    }
    .icon {
      display: inline-flex;
      vertical-align: text-bottom;
    }
    .tool {
      all: unset;
      display: inline-flex;
      align-items: center;
      gap: 4px;
      padding: 2px 6px;
      border-radius: 4px;
      cursor: pointer;
    }
    .tool:hover {
      background: var(--vscode-toolbar-hoverBackground, var(--vscode-list-hoverBackground));
    }
    .tool:focus-visible {
      outline: 1px solid var(--vscode-focusBorder);
      outline-offset: -1px;
    }
  `;
}
