import { css } from 'lit';
import { controlStyles } from '../model/controls.ts';
import { summaryStyles } from './summary.ts';

export const appStyles = [
  controlStyles,
  summaryStyles,
  css`
    :host {
      display: flex;
      flex-direction: column;
      height: 100vh;
      box-sizing: border-box;
      overflow: hidden;
    }
    .page {
      padding: 12px 16px;
      margin: 0;
    }
    .bar {
      flex: none;
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 4px 8px;
      padding: 4px 10px;
    }
    .choice {
      display: inline-flex;
      gap: 2px;
    }
    .grow {
      flex: 1;
    }
    .measuring {
      display: inline-flex;
      gap: 4px;
      align-items: center;
    }
    progress {
      width: 120px;
      accent-color: var(--vscode-progressBar-background);
    }
    .warnings {
      margin: 0;
      padding: 2px 14px;
      color: var(--vscode-descriptionForeground);
    }
    .parts {
      flex: 1;
      min-height: 0;
      display: flex;
      border-top: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
    }
    .left {
      flex: 1;
      overflow: hidden;
      min-width: 0;
      min-height: 0;
      display: flex;
      flex-direction: column;
    }
    .picture {
      flex: 1;
      min-height: 80px;
      display: flex;
    }
    lathe-graph,
    lathe-panes {
      flex: 1;
      min-width: 0;
      min-height: 0;
    }
    lathe-overlay-bar {
      flex: none;
      padding: 2px 10px;
      border-top: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
    }
    .table {
      flex: none;
      min-height: 0;
      display: flex;
      flex-direction: column;
    }
    lathe-change-table {
      flex: 1;
    }
    .filters {
      flex: none;
      display: flex;
      flex-wrap: wrap;
      gap: 2px;
      padding: 2px 8px;
    }
    .filters .tool[disabled] {
      opacity: 0.5;
      cursor: default;
    }
    aside {
      flex: none;
      max-width: 45%; /* beside another editor the picture keeps its half */
      box-sizing: border-box;
      overflow: auto;
      padding: 10px 14px;
    }
    aside:focus-visible {
      outline: 1px solid var(--vscode-focusBorder);
      outline-offset: -1px;
    }
  `,
];
