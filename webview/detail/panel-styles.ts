import { css } from 'lit';

/** Titles and paragraphs of every side panel. */
export const panelStyles = css`
  h2 {
    font-size: 1.1em;
    font-weight: 600;
    margin: 0 0 2px;
    white-space: pre-wrap;
  }
  h3 {
    font-size: 1em;
    font-weight: 600;
    margin: 14px 0 2px;
    border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
    padding-bottom: 2px;
  }
  p {
    margin: 0;
  }
`;
