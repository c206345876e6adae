import type { Channel } from '../../src/protocol/transport.ts';
import { modelMessages } from '../../src/protocol/webview.ts';
import type { GraphView } from '../graph/graph-view.ts';
import type { MenuEntry } from './menu.ts';
import type { Commander } from './commands.ts';
import type { Help } from './help.ts';
import type { LayerTable, MenuWish } from './layer-table.ts';
import { nodeEntries } from './menu-entries.ts';
import type { Menu } from './menu.ts';
import { pictureOf } from './save-picture.ts';
import type { SearchBox } from './search/search-box.ts';
import type { Session } from './session.ts';
import { modes, type Mode } from './view-state.ts';
import { plural } from './words.ts';

const zoomStep = 1.25;

/** The page as its actions need it. */
export interface Page {
  readonly session: Session;
  readonly renderRoot: ParentNode;
  readonly updateComplete: Promise<unknown>;
  readonly clientWidth: number;
  readonly clientHeight: number;
  /** A sentence above the graph. */
  notice: string | undefined;
  /** The panel shows the model though something is selected. */
  modelPanel: boolean;
  /** What the extension can do with the selected layers. */
  layerEntries(): readonly MenuEntry[];
  /** Another selection is made: what follows from it. */
  selected(): void;
}

/** What can be done on the page, whoever asks: a key, a menu, the toolbar, the window's palette. */
export class PageActions implements Commander {
  constructor(
    private readonly page: Page,
    private readonly channel: Channel,
  ) {}

  get session(): Session {
    return this.page.session;
  }

  get graph(): GraphView | null {
    return this.page.renderRoot.querySelector<GraphView>('lathe-graph');
  }

  get table(): LayerTable | null {
    return this.page.renderRoot.querySelector<LayerTable>('lathe-layer-table');
  }

  get mode(): Mode {
    return this.session.state.kept.mode;
  }

  /** A selection made in one part is brought into sight in the other. */
  select(ids: readonly number[], from: 'graph' | 'table'): void {
    this.session.select(ids);
    this.page.selected();
    this.#then(() => {
      const { leading } = this.session.state;
      if (from === 'graph') this.table?.reveal(false);
      else if (leading >= 0 && this.mode === 'both') this.graph?.reveal(leading);
    });
  }

  /** Selects nodes and brings the last into sight, wherever it is. */
  goTo(ids: readonly number[] | undefined): void {
    if (!ids?.length) return;
    this.session.goTo(ids);
    this.page.selected();
    this.#then(() => {
      this.table?.reveal(false);
      this.graph?.reveal(ids.at(-1)!);
    });
  }

  enterGraph(): void {
    if (this.mode === 'table') this.show('both');
    this.#then(() => {
      this.graph?.focus();
      this.graph?.reveal(this.session.state.leading);
    });
  }

  focusContent(): void {
    if (this.mode === 'table') this.table?.reveal(true);
    else this.graph?.focus();
  }

  openMenu({ node, group, x, y }: MenuWish): void {
    const menu = this.page.renderRoot.querySelector<Menu>('lathe-menu');
    void menu?.openAt(nodeEntries(this, { node, group }, this.page.layerEntries()), { x, y }, 'Actions');
  }

  fit(): void {
    this.graph?.fit();
  }

  zoom(by: 1 | -1): void {
    this.graph?.zoomBy(zoomStep ** by);
  }

  show(mode: Mode | 'next'): void {
    const next = mode === 'next' ? modes[(modes.indexOf(this.mode) + 1) % modes.length]! : mode;
    this.session.state.keep({ mode: next });
    this.#then(() => {
      this.table?.reveal(next === 'table');
      if (next === 'graph') this.graph?.focus();
    });
  }

  togglePanel(): void {
    this.session.state.keep({ panel: !this.session.state.kept.panel });
  }

  find(): void {
    this.page.renderRoot.querySelector<SearchBox>('lathe-search')?.focus();
  }

  step(by: 1 | -1): void {
    const match = this.session.nextMatch(by);
    if (match !== undefined) this.goTo([match]);
  }

  worst(by: 1 | -1): void {
    const node = this.session.nextWorst(by);
    if (node !== undefined) this.goTo([node]);
    else if (!this.session.overlay) this.page.notice = 'Choose an overlay first: the worst is by its values.';
  }

  travel(by: 1 | -1): void {
    if (by < 0) this.graph?.back();
    else this.graph?.forward();
  }

  foldAll(open: boolean): void {
    this.session.foldAll(open);
  }

  mark(what: 'inputs' | 'outputs' | 'path' | 'none'): void {
    const { length } = this.session.state.selected;
    this.page.notice = undefined;
    if (what === 'path' && length < 2) this.page.notice = 'Select two nodes first: Ctrl+click adds one.';
    else if (what !== 'none' && length === 0) this.page.notice = 'Select a node first.';
    else this.session.markFromSelection(what);
  }

  copyNames(): void {
    const { shown, state } = this.session;
    const names = state.selected.map((id) => shown?.graph.nodes[id]?.name ?? '');
    if (names.length === 0) return;
    navigator.clipboard.writeText(names.join('\n')).then(
      () => this.session.say(`Copied ${names.length === 1 ? 'the name' : plural(names.length, 'name')}`),
      (error: unknown) => this.fail(error),
    );
  }

  menu(): void {
    const { leading, selected } = this.session.state;
    if (selected.length) this.openMenu({ node: leading, group: -1, x: this.page.clientWidth / 3, y: this.page.clientHeight / 3 });
  }

  compare(): void {
    this.channel.tell(modelMessages.compare, null);
  }

  save(form: 'svg' | 'png'): void {
    this.#save(form).catch((error: unknown) => this.fail(error));
  }

  about(): void {
    this.page.modelPanel = true;
    if (!this.session.state.kept.panel) this.togglePanel();
  }

  help(): void {
    this.page.renderRoot.querySelector<Help>('lathe-help')?.open();
  }

  fail(error: unknown): void {
    this.page.notice = error instanceof Error ? error.message : String(error);
  }

  async #save(form: 'svg' | 'png'): Promise<void> {
    if (!this.graph) {
      this.show('both');
      await this.page.updateComplete;
      await new Promise((resolve) => this.graph?.addEventListener('drawn', resolve, { once: true }));
    }
    if (!this.graph) return;
    const { name, contents, remark } = await pictureOf(this.graph, this.session.shown?.model.name ?? '', form);
    this.page.notice = remark;
    this.channel.tell(modelMessages.save, { name, contents });
  }

  #then(work: () => void): void {
    void this.page.updateComplete.then(work);
  }
}
