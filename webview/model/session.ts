import type { DrawableGraph } from '../../src/protocol/drawable.ts';
import { visible } from '../../src/protocol/format.ts';
import type { ModelView, OverlayOffer, OverlayView } from '../../src/protocol/view.ts';
import type { NodePaint } from '../graph/paint.ts';
import { nextWorst, shownOverlay, type ShownOverlay } from '../overlays/overlay.ts';
import { overlayPaint } from '../overlays/paint.ts';
import type { ScaleKind } from '../overlays/scale.ts';
import { inModelOrder, type Order } from './order.ts';
import { Outline, type Row } from './outline.ts';
import { pathMark, reachMark, type Mark } from './marks.ts';
import { memo } from './memo.ts';
import { parseQuery, type Found } from './search/query.ts';
import { SearchIndex } from './search/search-index.ts';
import type { TableContent } from './table-cells.ts';
import { ViewState, type Kept } from './view-state.ts';
import { exact, plural } from './words.ts';

/** A model and what is made ready once for it. */
export interface ShownModel {
  model: ModelView;
  graph: DrawableGraph;
  outline: Outline;
  index: SearchIndex;
  largest: { parameters: number; macs: number };
}

/** What the search found. */
interface Matches {
  set: ReadonlySet<number>;
  problem: string | undefined;
}

/** How a screen reader and a person call a node. */
const shownName = 120;
export const nameOf = (name: string): string => visible(name.length > shownName ? `${name.slice(0, shownName)}…` : name);

/** One open editor without its page: what is shown of which model, what is selected, found, marked and coloured. */
export class Session {
  readonly state: ViewState;
  shown: ShownModel | undefined;
  overlays: readonly OverlayView[] = [];
  offers: readonly OverlayOffer[] = [];
  canAnalyze = false;
  overlay: ShownOverlay | undefined;
  mark: Mark | undefined;
  /** To be spoken by a screen reader. */
  said = '';
  /** Overlay that was chosen before the extension has told of it: a file that was just dropped. */
  #wanted: string | undefined;

  /** `changed`: draw anew; `save`: keep this. */
  constructor(
    private readonly changed: () => void,
    save: (kept: Kept) => void,
  ) {
    this.state = new ViewState(changed, save);
  }

  show(model: ModelView, graph: DrawableGraph): void {
    this.shown = {
      model,
      graph,
      outline: new Outline(model, graph),
      index: new SearchIndex(model, graph),
      largest: largest(model),
    };
    this.mark = undefined;
    this.state.show(graph);
    this.changed();
  }

  hide(): void {
    this.shown = undefined;
    this.changed();
  }

  say(sentence: string): void {
    this.said = sentence;
    this.changed();
  }

  // What is coloured

  takeOverlays(overlays: readonly OverlayView[], offers: readonly OverlayOffer[], canAnalyze: boolean, show: string | undefined): void {
    this.overlays = overlays;
    this.offers = offers;
    this.canAnalyze = canAnalyze;
    // Who has chosen nothing sees what was measured; else the kinds of operators.
    const wanted = overlays.some(({ id }) => id === this.#wanted) ? this.#wanted : undefined;
    const measured = overlays.find(({ group }) => group === undefined || group === 'measured');
    const asked = show ?? wanted;
    this.#colour(asked ?? this.state.kept.overlay ?? measured?.id, asked !== undefined, this.overlay?.scale);
  }

  /** Shows an overlay, '' for none. */
  chooseOverlay(id: string, scale?: ScaleKind): void {
    this.#wanted = id === '' || this.overlays.some((overlay) => overlay.id === id) ? undefined : id;
    if (this.#wanted) return;
    this.#colour(id, true, scale);
    this.said = this.overlay ? `Overlay: ${this.overlay.view.label}` : 'No overlay';
  }

  #colour(id: string | undefined, sort: boolean, scale?: ScaleKind): void {
    const view = this.overlays.find((overlay) => overlay.id === id);
    this.overlay = view && shownOverlay(view, scale);
    const { order } = this.state.kept;
    // In the tree of groups it stays a tree: only a list that is sorted already is sorted anew.
    const sorted: Order = view && sort && order.column !== 'index' ? { column: 'measured', descending: false } : order;
    const kept = !view && sorted.column === 'measured' ? inModelOrder : sorted;
    if (id === undefined || (!view && id !== '')) this.state.keepQuietly({ order: kept });
    else if (this.state.kept.overlay !== undefined || sort || id === '') this.state.keepQuietly({ order: kept, overlay: id });
    this.changed();
  }

  readonly #paint = memo((overlay: ShownOverlay | undefined, layers: number) => overlay && overlayPaint(overlay, layers));
  get paint(): NodePaint | undefined {
    return this.#paint(this.overlay, this.shown?.model.layers.length ?? 0);
  }

  // What is found

  readonly #matches = memo((query: string, index: SearchIndex | undefined, shown: ShownOverlay | undefined): Matches | undefined => {
    const { test, problem } = index ? parseQuery(query, { index, shown }) : {};
    if (!index || !test) return undefined;
    const set = new Set<number>();
    for (let node = 0; node < index.size; node++) if (test(node)) set.add(node);
    return { set, problem };
  });
  get matches(): Matches | undefined {
    return this.#matches(this.state.kept.query, this.shown?.index, this.overlay);
  }

  readonly #rows = memo(
    (
      shown: ShownModel | undefined,
      open: ReadonlySet<number>,
      matches: Matches | undefined,
      order: Order,
      overlay: ShownOverlay | undefined,
    ) => shown?.outline.rows(open, matches?.set, order, overlay) ?? [],
  );
  get rows(): readonly Row[] {
    return this.#rows(this.shown, this.state.open, this.matches, this.state.kept.order, this.overlay);
  }

  /** Matches from the first to the last, as the table has them. */
  readonly #sequence = memo((rows: readonly Row[], matches: Matches | undefined) =>
    rows.flatMap(({ node }) => (matches?.set.has(node) ? node : [])),
  );
  get sequence(): readonly number[] {
    return this.#sequence(this.rows, this.matches);
  }

  get found(): Found | undefined {
    const { matches } = this;
    return matches && { count: matches.set.size, place: this.sequence.indexOf(this.state.leading) + 1, problem: matches.problem };
  }

  /** All others step back in the graph. */
  get marked(): ReadonlySet<number> | undefined {
    return this.mark?.nodes ?? this.matches?.set;
  }

  search(query: string): void {
    this.mark = undefined;
    this.state.keep({ query, top: 0 });
  }

  /** The match after the selected one, or before; round at the end. */
  nextMatch(by: 1 | -1): number | undefined {
    const { sequence } = this;
    if (sequence.length === 0) return undefined;
    const at = sequence.indexOf(this.state.leading);
    const place = at < 0 ? (by > 0 ? 0 : sequence.length - 1) : (at + by + sequence.length) % sequence.length;
    this.said = `${this.words(sequence[place]!)}, ${exact(place + 1)} of ${exact(sequence.length)}`;
    return sequence[place];
  }

  nextWorst(by: 1 | -1): number | undefined {
    const node = this.overlay && nextWorst(this.overlay, this.state.leading, by);
    if (node !== undefined) this.said = this.words(node);
    return node;
  }

  /** "Conv /layer1/conv1, 12 dB". */
  words(node: number): string {
    const drawn = this.shown?.graph.nodes[node];
    if (!drawn) return '';
    const title = drawn.kind === 'operator' ? nameOf(drawn.title) : drawn.kind;
    return [`${title} ${nameOf(drawn.name)}`, this.paint?.text(node)].filter(Boolean).join(', ');
  }

  // What is selected and open

  select(ids: readonly number[]): void {
    this.state.select(ids);
  }

  /** Selects nodes so that they are seen: opens what they lie in, takes a search away that hides them. */
  goTo(ids: readonly number[]): void {
    const leading = ids.at(-1);
    if (leading === undefined || !this.shown?.graph.nodes[leading]) return;
    if (this.matches && !this.matches.set.has(leading)) this.search('');
    this.state.unfoldAround(leading);
    this.select(ids);
  }

  foldAll(open: boolean): void {
    const groups = this.shown?.graph.groups ?? [];
    this.state.setOpen(new Set(open ? groups.keys() : []));
    this.said = open ? `${plural(groups.length, 'group')} expanded` : 'All groups collapsed';
  }

  /** Makes a part of the graph stand out that follows from what is selected. */
  markFromSelection(what: 'inputs' | 'outputs' | 'path' | 'none'): void {
    if (what === 'none') return this.setMark(undefined);
    const { graph } = this.shown ?? {};
    const { selected } = this.state;
    const leading = selected.at(-1);
    if (!graph || leading === undefined) return;
    this.setMark(what === 'path' ? pathMark(graph, selected) : reachMark(graph, selected, what));
  }

  setMark(mark: Mark | undefined): void {
    if (!mark && !this.mark) return;
    this.mark = mark;
    this.said = mark ? `Highlighted: ${mark.text}` : 'Highlight cleared';
    this.changed();
  }

  // What the table draws

  readonly #content = memo(
    (shown: ShownModel | undefined, overlay: ShownOverlay | undefined, paint: NodePaint | undefined): TableContent | undefined =>
      shown && { ...shown, layers: shown.model.layers, overlay, paint },
  );
  get content(): TableContent | undefined {
    return this.#content(this.shown, this.overlay, this.paint);
  }

  /** Selected layers of the model; other nodes have no figures and no settings. */
  get selectedLayers(): readonly number[] {
    const layers = this.shown?.model.layers.length ?? 0;
    return this.state.selected.filter((node) => node < layers);
  }
}

function largest(model: ModelView): { parameters: number; macs: number } {
  let [parameters, macs] = [1, 1];
  for (const layer of model.layers) {
    parameters = Math.max(parameters, layer.parameters);
    macs = Math.max(macs, layer.macs ?? 0);
  }
  return { parameters, macs };
}
