import { css, html, type TemplateResult } from 'lit';

/** A patch in the colour of a level, 0 the worst, to the nearest of the five. Never alone: a figure or a word stands beside it. */
export const swatch = (level: number): TemplateResult => html`<i class="swatch level${Math.round(level)}" aria-hidden="true"></i>`;

/** The colour of a level as CSS, fractions even to the eye between two of the five; for attributes such as `fill`. */
export function levelColor(level: number): string {
  const step = Math.min(3, Math.max(0, Math.floor(level)));
  const share = Math.round((level - step) * 100);
  return `color-mix(in oklab, var(--lathe-level-${step + 1}) ${share}%, var(--lathe-level-${step}))`;
}

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
  /* As blocks of the graph seen from afar: the length tells the level too. */
  :host-context(.vscode-high-contrast) .swatch {
    background: linear-gradient(to right, var(--level) var(--share), transparent var(--share));
  }
  .level0 {
    --share: 100%;
    --level: var(--lathe-level-0);
  }
  .level1 {
    --share: 80%;
    --level: var(--lathe-level-1);
  }
  .level2 {
    --share: 60%;
    --level: var(--lathe-level-2);
  }
  .level3 {
    --share: 40%;
    --level: var(--lathe-level-3);
  }
  .level4 {
    --share: 20%;
    --level: var(--lathe-level-4);
  }
`;
