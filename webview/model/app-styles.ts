import { css } from 'lit';
import { controlStyles } from './controls.ts';
import { factStyles } from './facts.ts';
import { aboutStyles } from './model-about.ts';
import { pageStyles } from './pages.ts';

export const appStyles = [
  controlStyles,
  factStyles,
  aboutStyles,
  pageStyles,
  css`
    :host {
      display: flex;
      flex-direction: column;
      height: 100vh;
      box-sizing: border-box;
      overflow: hidden;
      container-type: size;
    }
    /* In a low window the page scrolls rather than that anything is lost. */
    .parts {
      flex: 1;
      min-height: 0;
      display: flex;
      overflow: hidden;
    }
    .middle {
      flex: 1 1 50%;
      min-width: 50%;
      min-height: 50%;
      display: flex;
      position: relative;
    }
    lathe-graph {
      flex: 1 1 0;
      min-width: 100px;
      min-height: 100px;
    }
    .middle.table lathe-graph {
      position: absolute;
      inset: 0;
      visibility: hidden;
    }
    lathe-layer-table {
      flex: 1;
    }
    .middle.both lathe-layer-table {
      flex: 0 1 auto;
      min-width: 100px;
      min-height: 80px;
    }
    .middle lathe-layer-table {
      position: relative;
      background: var(--vscode-editor-background);
    }
    .middle.graph lathe-layer-table,
    .middle:not(.both) > lathe-splitter {
      display: none;
    }
    aside {
      flex: 0 1 auto;
      min-width: 120px;
      min-height: 60px;
      box-sizing: border-box;
      overflow: auto;
      padding: 10px 14px;
    }
    aside:focus-visible {
      outline: 1px solid var(--vscode-focusBorder);
      outline-offset: -1px;
    }
    .back {
      margin: 0 0 8px -5px;
    }
    footer {
      flex: none;
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 2px 16px;
      padding: 3px 12px;
      min-height: 26px;
      box-sizing: border-box;
      border-top: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
    }
    lathe-overlay-bar {
      flex: 1 1 auto;
    }
    .line-above {
      display: flex;
      align-items: center;
      gap: 8px;
      flex: none;
      padding: 2px 12px;
      min-height: 26px;
      border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
    }
    .dropping {
      position: absolute;
      inset: 0;
      z-index: 20;
      margin: 0;
      display: grid;
      place-items: center;
      font-size: 1.2em;
      pointer-events: none;
      background: var(--vscode-editor-dropIntoPromptBackground, var(--vscode-list-dropBackground, transparent));
      outline: 2px dashed var(--vscode-focusBorder);
      outline-offset: -4px;
    }
    @container (max-width: 700px) {
      .parts,
      .middle.both {
        flex-direction: column;
      }
      footer .line {
        font-size: 0.92em;
      }
    }
    @container (max-height: 340px) {
      footer {
        display: none;
      }
    }
  `,
];
