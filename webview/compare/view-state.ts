import type { ScaleKind } from '../overlays/scale.ts';
import type { Filter } from './rows.ts';

/** What the panel remembers while its tab is hidden or the window is reloaded; the files by their URIs. */
export interface Kept {
  a: string;
  b: string;
  mode: 'merged' | 'panes';
  quantizers: boolean;
  filter: Filter;
  selected: number;
  overlay: string | undefined;
  scale: ScaleKind;
  tableHeight: number;
  panelWidth: number;
}

export const filterNames: Record<Filter, string> = {
  differences: 'Differences',
  changed: 'Changed',
  added: 'Added',
  removed: 'Removed',
  worst: 'Worst first',
  all: 'All',
};

export const untouched: Kept = {
  a: '',
  b: '',
  mode: 'merged',
  quantizers: false,
  filter: 'differences',
  selected: -1,
  overlay: undefined,
  scale: 'own',
  tableHeight: 190,
  panelWidth: 340,
};
