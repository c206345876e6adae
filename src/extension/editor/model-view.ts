import { setImmediate as pause } from 'node:timers/promises';
import { LatheError } from '../../engine/base/errors.ts';
import { drawModel, type Drawing, type Place } from '../../engine/drawing/draw.ts';
import type { Reading } from '../../engine/drawing/weights/chunks.ts';
import { kernelValues } from '../../engine/drawing/weights/kernels.ts';
import { besideOriginal, roundedTo } from '../../engine/drawing/weights/rounded.ts';
import { requireWeights, type StoredWeights } from '../../engine/drawing/weights/stored.ts';
import { summarizeWeights } from '../../engine/drawing/weights/summary.ts';
import { dataTypeName } from '../../engine/onnx/data-type.ts';
import type { Model, ValueInfo, ValueType } from '../../engine/onnx/graph.ts';
import { layerCosts, modelCost, type LayerCost } from '../../engine/ops/cost.ts';
import { inferShapes, type Shapes } from '../../engine/ops/infer.ts';
import { overlaySource, staticOverlays } from '../../engine/overlays/index.ts';
import type { DrawableGraph } from '../../protocol/drawable.ts';
import type { LayerDetail, ModelView, OverlayView, ProblemView, ValueView } from '../../protocol/view.ts';
import type { KernelsView, RoundedView, WeightsPlace, WeightsView } from '../../protocol/weights.ts';
import type { FileReader } from './file-reader.ts';
import { layerDetail } from './layer-detail.ts';
import { NodeLinks } from './node-links.ts';
import { cut, shorten } from './shorten.ts';

const shownMetadata = 100;
const shownFindings = 20;

type KernelsStart = Parameters<typeof kernelValues>[1];

/** A scanned model as a view shows it, and the details of single layers on demand. Knows nothing of editors. */
export class ModelReader implements FileReader {
  readonly #shapes: Shapes;
  readonly #layers: LayerCost[];
  #drawing: Drawing | undefined;
  #links: NodeLinks | undefined;
  #view: ModelView | undefined;

  /** Throws LatheError for a graph that is invalid. */
  constructor(
    private readonly model: Model,
    private readonly file: { name: string; bytes: number },
  ) {
    this.#shapes = inferShapes(model);
    this.#layers = layerCosts(model, this.#shapes);
  }

  view(): ModelView {
    return (this.#view ??= this.#viewed());
  }

  #viewed(): ModelView {
    const { model, file } = this;
    const cost = modelCost(model, this.#shapes);
    const findings = model.findings.map(({ message, node }) => (node === undefined ? message : `${node}: ${message}`));
    return {
      name: file.name,
      fileBytes: file.bytes,
      format: `ONNX, opset ${model.opset}`,
      producer: `${model.producerName} ${model.producerVersion}`.trim(),
      parameters: cost.parameters,
      weightBytes: cost.weightBytes,
      macs: cost.macs,
      peakActivationBytes: cost.peakActivationBytes,
      inputs: model.graph.requiredInputs.map(valueView),
      outputs: model.graph.outputs.map((output) => this.#valueView(output.name, output)),
      layers: this.#layers.map((layer, index) => ({
        index,
        name: layer.label,
        op: layer.op,
        outputShape: layer.outputShape,
        parameters: layer.parameters,
        weightBytes: layer.weightBytes,
        macs: layer.macs,
      })),
      metadata: [...model.metadata].slice(0, shownMetadata).map(([name, value]) => [name, cut(value)]),
      findings: shorten(findings, shownFindings, (rest) => `… and ${rest} more`),
    };
  }

  drawable(): DrawableGraph {
    return this.#drawn().graph;
  }

  /** One by one, others at work in between: each takes a while in a model of many layers. */
  async overlays(): Promise<OverlayView[]> {
    const source = overlaySource(this.model, this.#shapes, this.#layers);
    const found: OverlayView[] = [];
    for (const overlay of staticOverlays) {
      await pause();
      const view = overlay.of(source);
      if (view) found.push(view);
    }
    return found;
  }

  /** Of any operator of the drawing. Throws RangeError when there is no such node. */
  detail(node: number): LayerDetail {
    const drawing = this.#drawn();
    return layerDetail(node, this.#place(node), drawing, (this.#links ??= new NodeLinks(drawing)));
  }

  /** One pass over a stored tensor, in slices. Throws `weights.none`, `weights.numbers`, `model.truncated`, `file.read`. */
  async weights({ node, input }: WeightsPlace, reading: Reading): Promise<WeightsView> {
    const summary = await summarizeWeights(this.stored({ node, input }), reading);
    return { node, input, name: cut(this.#place(node).node.inputs[input] ?? ''), ...summary };
  }

  /** A float tensor beside itself in `bits` bits, 2 to 8. Throws as `weights`. */
  async rounded({ node, input }: WeightsPlace, bits: number, reading: Reading): Promise<RoundedView> {
    if (!Number.isInteger(bits) || bits < 2 || bits > 8) throw new RangeError(`there is no rounding to ${bits} bits`);
    return { node, input, ...(await roundedTo(this.stored({ node, input }), bits, reading)) };
  }

  /** A quantized tensor beside the one it was made from: that of the layer of this name in the other model. Throws as `weights`, and `weights.differ`. */
  async besideOriginal({ node, input }: WeightsPlace, original: FileReader, reading: Reading): Promise<RoundedView> {
    if (!(original instanceof ModelReader)) throw new LatheError('weights.none', 'the model that the run began with is no ONNX file');
    const before = original.#storedLike(this.#place(node).node.label, input);
    return { node, input, ...(await besideOriginal(this.stored({ node, input }), before, reading)) };
  }

  /** Elements for a picture. Throws as `weights`. */
  async kernels({ node, input, ...first }: WeightsPlace & KernelsStart, reading: Reading): Promise<KernelsView> {
    return { node, input, ...(await kernelValues(this.stored({ node, input }), first, reading)) };
  }

  /** Throws `weights.none`, and RangeError when there is no such node. */
  stored({ node, input }: WeightsPlace): StoredWeights {
    const place = this.#place(node);
    return requireWeights(place.scope, place.node, input);
  }

  #storedLike(label: string, input: number): StoredWeights {
    const { scope, node } = this.#drawn().places.find((place) => place?.node.label === label) ?? {};
    if (!scope || !node) {
      throw new LatheError('weights.none', `the model that the run began with has no layer ${JSON.stringify(label.slice(0, 200))}`);
    }
    return requireWeights(scope, node, input);
  }

  #place(node: number): Place {
    const place = this.#drawn().places[node];
    if (!place) throw new RangeError(`there is no operator ${node}`);
    return place;
  }

  #drawn(): Drawing {
    return (this.#drawing ??= drawModel(this.model, this.#shapes));
  }

  #valueView(name: string, declared?: ValueInfo): ValueView {
    const inferred = this.#shapes.of(name);
    if (!inferred || inferred.container) return valueView(declared ?? { name });
    return { name, type: inferred.type ? dataTypeName(inferred.type) : 'unknown', shape: inferred.shape ?? null };
  }
}

/** What to say and offer when a model cannot be shown. */
export function problemOf(error: LatheError, file: string): ProblemView {
  const { node, offset, hint } = error.place;
  const places = [offset === undefined ? '' : `at byte ${offset}`, node === undefined ? '' : `node ${JSON.stringify(node)}`].filter(
    Boolean,
  );
  return {
    message: `${file} cannot be shown: ${places.length ? `${places.join(', ')}: ` : ''}${error.message}.`,
    ...(hint ? { hint } : {}),
    action: { id: 'reload', label: 'Read again' },
  };
}

const valueView = (value: ValueInfo): ValueView => ({ name: value.name, type: typeName(value.type), shape: shapeOf(value.type) });

function typeName(type: ValueType | undefined): string {
  if (!type) return 'unknown';
  return type.kind === 'tensor' ? dataTypeName(type.elementType) : type.kind;
}

const shapeOf = (type: ValueType | undefined): ValueView['shape'] =>
  type && (type.kind === 'tensor' || type.kind === 'sparse') ? (type.shape ?? null) : null;
