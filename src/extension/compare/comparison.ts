import { diffModels, type Diff, type DiffSource } from '../../engine/drawing/diff/diff.ts';
import { foldQuantizers } from '../../engine/drawing/diff/fold-quantizers.ts';
import { isQuantizer, type Unit } from '../../engine/drawing/diff/folded.ts';
import { outputRange } from '../../engine/drawing/diff/output-range.ts';
import { commonWeights, compareWeights } from '../../engine/drawing/diff/weights.ts';
import type { PairDetail, PaneView } from '../../protocol/compare-messages.ts';
import type { ModelDiff } from '../../protocol/diff.ts';
import type { DrawableGraph } from '../../protocol/drawable.ts';
import type { CompareDocument } from '../../protocol/results/compare.ts';
import type { ChannelsView, OverlayView } from '../../protocol/view.ts';
import { ModelReader } from '../editor/model-view.ts';
import { measuredLayer, measuredOverlays, measuredValues, weightOverlay } from './figures.ts';
import { weightsView } from './weights-view.ts';

export interface ComparedSource extends DiffSource {
  readonly name: string;
}

/** Bytes of weights between two reports. */
const tellEvery = 32 << 20;

/** Two scanned models side by side, and what is asked of single pairs. Knows no editor. */
export class Comparison {
  #readers: { a: ModelReader; b: ModelReader } | undefined;
  #measured: CompareDocument | undefined;

  private constructor(
    private readonly diff: Diff,
    private readonly sources: { readonly a: ComparedSource; readonly b: ComparedSource },
  ) {}

  /** Throws LatheError as `diffModels`. */
  static async of(a: ComparedSource, b: ComparedSource, signal: AbortSignal, told?: (done: number) => void): Promise<Comparison> {
    return new Comparison(await diffModels(a, b, signal, told), { a, b });
  }

  get view(): ModelDiff {
    return this.diff.view;
  }

  /** The drawing of both with quantizers as nodes of their own. */
  withQuantizers(): DrawableGraph {
    return this.diff.withQuantizers();
  }

  /** One of the models by itself, with the merged ids of its nodes. */
  pane(side: 'a' | 'b', quantizers: boolean): PaneView {
    const { drawing } = this.diff[side];
    const folds = (id: number): boolean => {
      const node = drawing.places[id]?.node;
      return node !== undefined && isQuantizer(node);
    };
    const graph = quantizers ? drawing.graph : foldQuantizers(drawing.graph, folds);
    return { graph, ids: [...this.diff.ids[side === 'a' ? 'ofA' : 'ofB']] };
  }

  /** Attributes, inputs and outputs of a node in both models. Throws RangeError where there is no such node. */
  async detail(node: number): Promise<Omit<PairDetail, 'fixes' | 'origin'>> {
    const { a, b, names } = this.#node(node);
    const [unitA, unitB] = this.#units(node);
    const ranges = measuredLayer(this.#measured, names)?.outputs?.ranges;
    this.#readers ??= { a: this.#reader('a'), b: this.#reader('b') };
    const { matching } = this.diff;
    return {
      ...(a < 0 ? {} : { a: this.#readers.a.detail(a) }),
      ...(b < 0 ? {} : { b: this.#readers.b.detail(b) }),
      storage: {
        ...(unitA ? { a: await outputRange(matching.a, unitA) } : {}),
        ...(unitB ? { b: await outputRange(matching.b, unitB) } : {}),
      },
      ...(ranges ? { ranges } : {}),
    };
  }

  /** The weights of a pair, and its outputs where they were measured. Throws LatheError where a file cannot be read. */
  async values(node: number, signal: AbortSignal): Promise<ChannelsView[]> {
    const { names } = this.#node(node);
    const [a, b] = this.#units(node);
    const views: ChannelsView[] = [];
    if (a && b) {
      for (const place of commonWeights(a, b)) {
        views.push(weightsView(await compareWeights(this.diff.matching, a, b, place, signal)));
      }
    }
    const range = b && (await outputRange(this.diff.matching.b, b));
    return [...measuredValues(measuredLayer(this.#measured, names), range), ...views];
  }

  /** Keeps a measurement; what it says of the nodes as overlays, the first the one to show. */
  measured(document: CompareDocument): OverlayView[] {
    this.#measured = document;
    return measuredOverlays(document, this.view.nodes, this.sources);
  }

  /** Error of the weights of every changed pair: no pictures. `told`: from time to time what is known, and at the end all. */
  async weightErrors(signal: AbortSignal, told: (overlay: OverlayView, done: boolean) => void): Promise<void> {
    const values: [number, number | null][] = [];
    let read = 0;
    for (const [id, { status }] of this.view.nodes.entries()) {
      const [a, b] = this.#units(id);
      if (status !== 'changed' || !a || !b) continue;
      const [place] = commonWeights(a, b);
      if (place === undefined) continue;
      const pair = await compareWeights(this.diff.matching, a, b, place, signal);
      if (pair.sqnr !== undefined) values.push([id, pair.sqnr]);
      read += a.operands[place]!.constant!.tensor.byteLength;
      if (read < tellEvery) continue;
      told(weightOverlay(values), false);
      read = 0;
    }
    told(weightOverlay(values), true);
  }

  #node(node: number): ModelDiff['nodes'][number] {
    const found = this.view.nodes[node];
    if (!found) throw new RangeError(`there is no node ${node}`);
    return found;
  }

  #units(node: number): [Unit | undefined, Unit | undefined] {
    const { a, b } = this.#node(node);
    const { matching } = this.diff;
    const [nodeA, nodeB] = [this.diff.a.layers[a]?.node, this.diff.b.layers[b]?.node];
    return [nodeA && matching.a.unitOf.get(nodeA), nodeB && matching.b.unitOf.get(nodeB)];
  }

  #reader(side: 'a' | 'b'): ModelReader {
    const { model, name, fileBytes } = this.sources[side];
    return new ModelReader(model, { name, bytes: fileBytes });
  }
}
