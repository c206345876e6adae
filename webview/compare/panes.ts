import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import type { PaneView } from '../../src/protocol/compare-messages.ts';
import type { Camera, GraphView } from '../graph/graph-view.ts';
import type { NodePaint } from '../graph/paint.ts';
import { panePaint } from './paint.ts';

type SideName = 'a' | 'b';
const sideNames: readonly SideName[] = ['a', 'b'];

/**
 * Both models beside each other, each laid out by itself. What is selected in one is selected in the other, and both look at the same place: the
 * matched node nearest to the middle of the one that is moved stands at the same point in the other. Fires `select` with merged ids.
 */
export class Panes extends LitElement {
  static override properties = {
    panes: { attribute: false },
    paint: { attribute: false },
    selected: { attribute: false },
    titles: { attribute: false },
  };

  declare panes: Readonly<Record<SideName, PaneView>> | undefined;
  /** By merged ids. */
  declare paint: NodePaint | undefined;
  /** Merged ids. */
  declare selected: readonly number[];
  declare titles: Readonly<Record<SideName, string>>;
  /** By merged id the node's id in a pane. */
  #own: Record<SideName, ReadonlyMap<number, number>> = { a: new Map(), b: new Map() };
  #paints: Partial<Record<SideName, NodePaint>> = {};

  constructor() {
    super();
    this.selected = [];
    this.titles = { a: '', b: '' };
  }

  /** Brings a node into sight in both, or in the one that has it. */
  reveal(node: number): void {
    const sides = sideNames.filter((side) => this.#own[side].has(node));
    const [first] = sides;
    if (!first) return;
    this.#graph(first)?.reveal(this.#own[first].get(node)!);
    if (sides.length === 1) return;
    // The second follows the first.
    this.#follow(first);
  }

  fit(): void {
    for (const side of sideNames) this.#graph(side)?.fit();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('panes') && this.panes) {
      for (const side of sideNames) this.#own[side] = new Map(this.panes[side].ids.map((merged, own) => [merged, own]));
    }
    if (changed.has('panes') || changed.has('paint')) {
      for (const side of sideNames) this.#paints[side] = this.paint && this.panes && panePaint(this.paint, this.panes[side].ids);
    }
  }

  override render(): TemplateResult {
    return html`${sideNames.map((side) => this.#pane(side))}`;
  }

  #pane(side: SideName): TemplateResult {
    const own = this.selected.flatMap((id) => this.#own[side].get(id) ?? []);
    return html`<section aria-label=${this.titles[side]}>
      <h2>${this.titles[side]}</h2>
      <lathe-graph
        id=${side}
        .graph=${this.panes?.[side].graph}
        .selected=${own}
        .paint=${this.#paints[side]}
        @select=${(event: CustomEvent<readonly number[]>) => this.#select(side, event.detail)}
        @look=${() => this.#follow(side)}
      ></lathe-graph>
    </section>`;
  }

  #select(side: SideName, own: readonly number[]): void {
    const detail = own.map((id) => this.panes![side].ids[id]!);
    this.dispatchEvent(new CustomEvent('select', { detail }));
  }

  #graph(side: SideName): GraphView | null {
    return this.renderRoot.querySelector<GraphView>(`lathe-graph#${side}`);
  }

  /** Moves the other pane to where this one looks. */
  #follow(side: SideName): void {
    const other: SideName = side === 'a' ? 'b' : 'a';
    const [moved, following] = [this.#graph(side), this.#graph(other)];
    const camera = moved?.lookingAt;
    if (!moved || !following || !camera || !following.lookingAt) return;
    const anchor = this.#anchor(side, other, camera, moved);
    const [here, there] = anchor ? [moved.placeOf(anchor[0]), following.placeOf(anchor[1])] : [];
    if (!here || !there) following.follow(camera);
    else
      following.follow({
        x: camera.x + middle(there)[0] - middle(here)[0],
        y: camera.y + middle(there)[1] - middle(here)[1],
        zoom: camera.zoom,
      });
  }

  /** The node that is to stand at the same point in both: the selected one where it can be seen, else the matched one nearest to the middle. */
  #anchor(side: SideName, other: SideName, camera: Camera, moved: GraphView): [own: number, partner: number] | undefined {
    const chosen = this.selected.at(-1);
    const pair = chosen === undefined ? [] : [this.#own[side].get(chosen), this.#own[other].get(chosen)];
    const seen = pair[0] === undefined ? undefined : moved.placeOf(pair[0]);
    if (seen && pair[1] !== undefined && isSeen(seen, camera, moved)) return [pair[0]!, pair[1]];
    let best: [number, number] | undefined;
    let least = Infinity;
    this.panes![side].ids.forEach((merged, own) => {
      const partner = this.#own[other].get(merged);
      const place = partner === undefined ? undefined : moved.placeOf(own);
      if (!place) return;
      const [x, y] = middle(place);
      const distance = (x - camera.x) ** 2 + (y - camera.y) ** 2;
      if (distance >= least) return;
      least = distance;
      best = [own, partner!];
    });
    return best;
  }

  static override styles = css`
    :host {
      display: flex;
      min-width: 0;
      min-height: 0;
    }
    section {
      flex: 1;
      min-width: 0;
      min-height: 0;
      display: flex;
      flex-direction: column;
    }
    section + section {
      border-inline-start: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, currentColor));
    }
    h2 {
      flex: none;
      margin: 0;
      padding: 3px 12px;
      font-size: 1em;
      font-weight: 600;
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    lathe-graph {
      flex: 1;
      min-height: 0;
    }
  `;
}

type Place = NonNullable<ReturnType<GraphView['placeOf']>>;

const middle = ({ x, y, width, height }: Place): [number, number] => [x + width / 2, y + height / 2];

function isSeen(place: Place, { x, y, zoom }: Camera, { clientWidth, clientHeight }: GraphView): boolean {
  const [atX, atY] = middle(place);
  return Math.abs(atX - x) * zoom < clientWidth / 2 && Math.abs(atY - y) * zoom < clientHeight / 2;
}
