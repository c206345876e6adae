import { css, html, type TemplateResult } from 'lit';

/** A patch in the colour of a level, 0 the worst. Never alone: a figure or a word stands beside it. */
export const swatch = (level: number): TemplateResult => html`<i class="swatch level${level}" aria-hidden="true"></i>`;

/** The colours are in media/webview.css, for each kind of theme. */
export const swatchStyles = css`
  .swatch {
    display: inline-block;
    width: 10px;
    height: 10px;
    border-radius: 2px;
    vertical-align: baseline;
    background: var(--level);
    outline: 1px solid var(--vscode-contrastBorder, transparent);
  }
  .level0 {
    --level: var(--lathe-level-0);
  }
  .level1 {
    --level: var(--lathe-level-1);
  }
  .level2 {
    --level: var(--lathe-level-2);
  }
  .level3 {
    --level: var(--lathe-level-3);
  }
  .level4 {
    --level: var(--lathe-level-4);
  }
`;
