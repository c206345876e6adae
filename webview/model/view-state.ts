import type { DrawableGraph } from '../../src/protocol/drawable.ts';
import type { Camera } from '../graph/camera.ts';
import { groupsOpenAtFirst } from '../graph/open-groups.ts';
import { columns, inModelOrder, type Column, type Order } from './order.ts';
import { StableKeys } from './stable-keys.ts';

export const modes = ['graph', 'both', 'table'] as const;
export type Mode = (typeof modes)[number];

/** What the editor remembers while its tab is hidden, the window is reloaded, or the file is closed and opened again. Plain data. */
export interface Kept {
  version: 1;
  mode: Mode;
  query: string;
  order: Order;
  /** Keys of nodes, the leading one last. */
  selected: string[];
  /** Keys of groups; absent while nobody has folded or unfolded any. */
  open?: string[];
  camera?: Camera;
  /** Id of the overlay that is shown; empty: none is wanted; absent: nobody has chosen, the newest is shown. */
  overlay?: string;
  panel: boolean;
  /** CSS pixels. */
  panelSize: number;
  /** As well; 0 while nobody has moved its border: what leaves the graph more than half. */
  tableSize: number;
  /** Scroll of the table, CSS pixels. */
  top: number;
}

const atFirst: Kept = {
  version: 1,
  mode: 'graph',
  query: '',
  order: inModelOrder,
  selected: [],
  panel: true,
  panelSize: 340,
  tableSize: 0,
  top: 0,
};

/** More selected nodes or open groups are not remembered: that much is a passing state, and the memory stays small. */
const mostKeys = 2000;

/** What a person has set in one editor, and how it comes back. Ids hold for the shown graph; what is kept are names. */
export class ViewState {
  kept: Kept = atFirst;
  selected: readonly number[] = [];
  open: ReadonlySet<number> = new Set();
  #graph: DrawableGraph | undefined;
  #keys: StableKeys | undefined;
  #saving = false;

  /** `changed`: draw anew; `save`: keep this. */
  constructor(
    private readonly changed: () => void,
    private readonly save: (kept: Kept) => void,
  ) {}

  /** Takes over what was kept earlier, if it is of the form that this version writes. */
  restore(kept: unknown): void {
    if (isKept(kept)) this.kept = { ...atFirst, ...kept };
  }

  /** A graph is to be shown: finds what was selected and open in it. */
  show(graph: DrawableGraph): void {
    if (graph === this.#graph) return;
    this.#graph = graph;
    this.#keys = new StableKeys(graph);
    this.selected = this.#keys.nodes(this.kept.selected);
    this.open = this.kept.open ? new Set(this.#keys.groups(this.kept.open)) : groupsOpenAtFirst(graph);
  }

  get leading(): number {
    return this.selected.at(-1) ?? -1;
  }

  keep(change: Partial<Kept>): void {
    this.kept = { ...this.kept, ...change };
    this.#saveSoon();
    this.changed();
  }

  /** Nothing needs to be drawn for this. */
  keepQuietly(change: Partial<Kept>): void {
    this.kept = { ...this.kept, ...change };
    this.#saveSoon();
  }

  select(ids: readonly number[]): void {
    this.selected = ids;
    this.keep({ selected: ids.slice(-mostKeys).map((id) => this.#keys?.node(id) ?? '') });
  }

  setOpen(open: ReadonlySet<number>): void {
    this.open = open;
    this.keep({ open: [...open].slice(0, mostKeys).map((id) => this.#keys?.group(id) ?? '') });
  }

  fold(group: number, open: boolean): void {
    const next = new Set(this.open);
    if (open) next.add(group);
    else next.delete(group);
    this.setOpen(next);
  }

  /** Opens everything around a node. */
  unfoldAround(node: number): void {
    const next = new Set(this.open);
    for (let group = this.#graph?.nodes[node]?.group ?? -1; group >= 0; group = this.#graph!.groups[group]!.parent) next.add(group);
    if (next.size !== this.open.size) this.setOpen(next);
  }

  /** Several changes in one go are kept once. */
  #saveSoon(): void {
    if (this.#saving) return;
    this.#saving = true;
    queueMicrotask(() => {
      this.#saving = false;
      this.save(this.kept);
    });
  }
}

function isKept(kept: unknown): kept is Kept {
  if (typeof kept !== 'object' || kept === null) return false;
  const { version, mode, query, order, selected, open, camera, overlay, panelSize, tableSize, top } = kept as Partial<Kept>;
  return (
    version === 1 &&
    modes.includes(mode as Mode) &&
    typeof query === 'string' &&
    columns.includes(order?.column as Column) &&
    areTexts(selected) &&
    (open === undefined || areTexts(open)) &&
    (camera === undefined || [camera.x, camera.y, camera.zoom].every(Number.isFinite)) &&
    (overlay === undefined || typeof overlay === 'string') &&
    [panelSize, tableSize, top].every(Number.isFinite)
  );
}

const areTexts = (all: unknown): boolean => Array.isArray(all) && all.every((one) => typeof one === 'string');
