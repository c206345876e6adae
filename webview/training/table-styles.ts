import { css } from 'lit';

/** Tables of figures: numbers at the right, their head stays in sight. */
export const tableStyles = css`
  :host {
    display: block;
  }
  .scroll {
    overflow: auto;
    position: relative;
    max-height: 24em;
  }
  .scroll:focus-visible,
  summary:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
  }
  summary {
    cursor: pointer;
    padding: 4px 0;
  }
  table {
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  th,
  td {
    text-align: right;
    white-space: nowrap;
    padding: 3px 12px;
    font-weight: normal;
    border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
  }
  thead th {
    position: sticky;
    top: 0;
    font-weight: 600;
    background: var(--vscode-editor-background);
  }
  .best > * {
    font-weight: 600;
  }
`;
