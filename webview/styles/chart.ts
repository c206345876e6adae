import { css } from 'lit';

/** Text, grid and axes of charts drawn as SVG. */
export const chartStyles = css`
  :host {
    display: block;
  }
  svg {
    display: block;
  }
  text {
    fill: var(--vscode-foreground);
    font-size: 11px;
    font-family: var(--vscode-font-family);
  }
  .title {
    font-weight: 600;
  }
  .grid {
    stroke: var(--vscode-editorWidget-border, var(--vscode-contrastBorder, #8884));
    opacity: 0.6;
  }
  .axis {
    stroke: var(--vscode-descriptionForeground);
  }
`;
