/** A row of a side bar's list, as plain data: what VS Code draws, without VS Code. */
export interface Row {
  /** Unique in its list, the same after a refresh. */
  readonly id: string;
  readonly label: string;
  /** Beside the label, dimmed. */
  readonly description?: string;
  readonly icon: RowIcon;
  /** Markdown; made when somebody rests on the row. */
  readonly tooltip?: () => string;
  /** What can be done with it: words for `viewItem` in the manifest's menus. */
  readonly context: string;
  /** What a screen reader says instead of label and description. */
  readonly spoken?: string;
  /** Made when the row is opened. */
  readonly children?: () => Row[];
  /** File or folder that the row stands for, absolute. */
  readonly path?: string;
  /** What a click does. */
  readonly open?: { readonly command: string; readonly title: string };
}

export interface RowIcon {
  /** Of a codicon: "pass-filled". */
  readonly name: string;
  /** Of a theme colour: "charts.green". */
  readonly color?: string;
}

/** Foreign text inside Markdown: nothing in it is markup. Newlines become spaces. */
export const markdownText = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]()#+\-.!|<>&~$:@]/g, (sign) => (sign === '<' ? '&lt;' : sign === '&' ? '&amp;' : `\\${sign}`));

/** Two columns, the first one without a title. */
export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
