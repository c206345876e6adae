import { css, html, nothing, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import type { ProblemView } from '../../src/protocol/view.ts';

type Act = (id: NonNullable<ProblemView['action']>['id']) => void;

export const loadingPage = (): TemplateResult => html`<p class="page" role="status">Reading the model…</p>`;

/** Why there is nothing to show, and the one thing to do about it. */
export function problemPage({ message, hint, action }: ProblemView, act: Act): TemplateResult {
  return html`<div class="page" role="alert">
    <p class="message">${visible(message)}</p>
    ${hint ? html`<p>${visible(hint)}</p>` : nothing}
    ${action ? html`<vscode-button @click=${() => act(action.id)}>${action.label}</vscode-button>` : nothing}
  </div>`;
}

/** A valid file without a single layer. */
export const emptyPage = (about: () => void): TemplateResult =>
  html`<div class="page" role="status">
    <p class="message">This model has no layers: its outputs are its inputs or constants.</p>
    <vscode-button secondary @click=${about}>About this model</vscode-button>
  </div>`;

export const pageStyles = css`
  .page {
    padding: 24px;
    max-width: 46em;
    overflow-wrap: anywhere;
  }
  .message {
    font-size: 1.15em;
  }
`;
