import { css, html, LitElement, type TemplateResult } from 'lit';
import { icon } from '../icon.ts';
import { keyList } from './commands.ts';
import { controlStyles } from './controls.ts';

/** Keys that belong to one part of the editor and not to all of it. */
const partKeys: { topic: string; rows: { keys: string[]; title: string }[] }[] = [
  {
    topic: 'In the graph',
    rows: [
      { keys: ['↑ ↓ ← →'], title: 'To the next node, along edges and rows' },
      { keys: ['Home', 'End'], title: 'To the first, to the last node' },
      { keys: ['Enter'], title: 'Fold or unfold' },
      { keys: ['0'], title: 'Fit all in view' },
      { keys: ['Alt+←', 'Alt+→'], title: 'Back, forward' },
      { keys: ['Drag', 'Wheel'], title: 'Move, zoom; two fingers move and pinch' },
      { keys: ['Shift+Drag', 'Ctrl+Click'], title: 'Select several' },
    ],
  },
  {
    topic: 'In the table',
    rows: [
      { keys: ['↑ ↓', 'Page', 'Home', 'End'], title: 'To another layer' },
      { keys: ['→', '←'], title: 'Unfold, fold' },
      { keys: ['Shift+↑ ↓', 'Space'], title: 'Select several' },
      { keys: ['Enter'], title: 'Show it in the graph' },
    ],
  },
];

/** All keys, over the page. */
export class Help extends LitElement {
  open(): void {
    this.renderRoot.querySelector('dialog')?.showModal();
  }

  override render(): TemplateResult {
    return html`<dialog aria-labelledby="title" @click=${(event: Event) => this.#onClick(event)}>
      <header>
        <h1 id="title">Keys</h1>
        <button type="button" class="tool" aria-label="Close" title="Close (Escape)" @click=${() => this.#close()}>${icon('close')}</button>
      </header>
      <div class="topics">
        ${[...keyList(), ...partKeys].map(
          ({ topic, rows }) =>
            html`<section>
              <h2>${topic}</h2>
              <dl>
                ${rows.map(
                  ({ keys, title }) =>
                    html`<dt>${keys.map((key) => html`<kbd>${key}</kbd> `)}</dt>
                      <dd>${title}</dd>`,
                )}
              </dl>
            </section>`,
        )}
      </div>
    </dialog>`;
  }

  /** A click beside it closes it. */
  #onClick(event: Event): void {
    if (event.target === event.currentTarget) this.#close();
  }

  #close(): void {
    this.renderRoot.querySelector('dialog')?.close();
  }

  static override styles = [
    controlStyles,
    css`
      dialog {
        padding: 0;
        max-width: min(760px, 94vw);
        max-height: 90vh;
        overflow: auto;
        color: var(--vscode-editorWidget-foreground, var(--vscode-foreground));
        background: var(--vscode-editorWidget-background, var(--vscode-editor-background));
        border: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
        border-radius: 6px;
        box-shadow: 0 4px 16px var(--vscode-widget-shadow, transparent);
      }
      dialog::backdrop {
        background: transparent;
      }
      header {
        position: sticky;
        top: 0;
        display: flex;
        justify-content: space-between;
        align-items: center;
        padding: 8px 12px 4px 16px;
        background: inherit;
      }
      h1 {
        font-size: 1.2em;
        font-weight: 600;
        margin: 0;
      }
      h2 {
        font-size: 1em;
        font-weight: 600;
        margin: 10px 0 4px;
      }
      .topics {
        columns: 320px 2;
        column-gap: 28px;
        padding: 0 16px 14px;
      }
      section {
        break-inside: avoid;
      }
      dl {
        display: grid;
        grid-template-columns: 9.5em minmax(0, 1fr);
        gap: 4px 10px;
        margin: 0;
      }
      dd {
        margin: 0;
      }
      kbd {
        display: inline-block;
        padding: 0 4px;
        font-family: inherit;
        font-size: 0.92em;
        color: var(--vscode-keybindingLabel-foreground, inherit);
        background: var(--vscode-keybindingLabel-background, transparent);
        border: 1px solid var(--vscode-keybindingLabel-border, var(--vscode-contrastBorder, var(--vscode-editorWidget-border, transparent)));
        border-radius: 3px;
      }
    `,
  ];
}
