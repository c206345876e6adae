import { css } from 'lit';

/** What the pages of runs, trainings and pruning have in common: the margin, the head with its title and buttons, remarks. */
export const pageStyles = css`
  :host {
    display: block;
    padding: 12px 20px 32px;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 20px;
    align-items: center;
    justify-content: space-between;
  }
  h1 {
    font-size: 1.4em;
    font-weight: normal;
    margin: 0;
    overflow-wrap: anywhere;
  }
  .buttons {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  .soft {
    color: var(--vscode-descriptionForeground);
  }
  .note {
    padding: 4px 10px;
    border-left: 3px solid var(--vscode-charts-yellow, var(--vscode-foreground));
    overflow-wrap: anywhere;
  }
  select {
    font: inherit;
    padding: 2px 4px;
    color: var(--vscode-dropdown-foreground);
    background: var(--vscode-dropdown-background);
    border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, transparent));
    border-radius: 2px;
  }
`;
