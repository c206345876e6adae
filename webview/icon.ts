import { html, type TemplateResult } from 'lit';
import { unsafeHTML } from 'lit/directives/unsafe-html.js';
import arrowDown from '@vscode/codicons/src/icons/arrow-down.svg';
import arrowLeft from '@vscode/codicons/src/icons/arrow-left.svg';
import arrowRight from '@vscode/codicons/src/icons/arrow-right.svg';
import arrowUp from '@vscode/codicons/src/icons/arrow-up.svg';
import check from '@vscode/codicons/src/icons/check.svg';
import chevronDown from '@vscode/codicons/src/icons/chevron-down.svg';
import chevronRight from '@vscode/codicons/src/icons/chevron-right.svg';
import close from '@vscode/codicons/src/icons/close.svg';
import compare from '@vscode/codicons/src/icons/git-compare.svg';
import ellipsis from '@vscode/codicons/src/icons/ellipsis.svg';
import fit from '@vscode/codicons/src/icons/screen-full.svg';
import graph from '@vscode/codicons/src/icons/type-hierarchy.svg';
import info from '@vscode/codicons/src/icons/info.svg';
import both from '@vscode/codicons/src/icons/layout-sidebar-left.svg';
import panel from '@vscode/codicons/src/icons/layout-sidebar-right.svg';
import panelOff from '@vscode/codicons/src/icons/layout-sidebar-right-off.svg';
import play from '@vscode/codicons/src/icons/play.svg';
import question from '@vscode/codicons/src/icons/question.svg';
import search from '@vscode/codicons/src/icons/search.svg';
import table from '@vscode/codicons/src/icons/list-tree.svg';
import warning from '@vscode/codicons/src/icons/warning.svg';

const icons = {
  'arrow-down': arrowDown,
  'arrow-left': arrowLeft,
  'arrow-right': arrowRight,
  'arrow-up': arrowUp,
  both,
  check,
  'chevron-down': chevronDown,
  'chevron-right': chevronRight,
  close,
  compare,
  ellipsis,
  fit,
  graph,
  info,
  panel,
  'panel-off': panelOff,
  play,
  question,
  search,
  table,
  warning,
} as const;
export type IconName = keyof typeof icons;

/** One of VS Code's own icons, in the colour of the text around it. A word stands beside it or in its button's label. */
export const icon = (name: IconName): TemplateResult => html`<span class="icon" aria-hidden="true">${unsafeHTML(icons[name])}</span>`;
