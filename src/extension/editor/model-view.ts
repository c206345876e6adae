import type { LatheError } from '../../engine/base/errors.ts';
import { drawModel, type Drawing } from '../../engine/drawing/draw.ts';
import { checkModel } from '../../engine/onnx/check.ts';
import { dataTypeName } from '../../engine/onnx/data-type.ts';
import type { Attribute, Graph, Model, Node, ValueInfo, ValueType } from '../../engine/onnx/graph.ts';
import type { Tensor } from '../../engine/onnx/tensor.ts';
import { layerCosts, modelCost, type LayerCost } from '../../engine/ops/cost.ts';
import { inferShapes, type Shapes } from '../../engine/ops/infer.ts';
import { staticOverlays } from '../../engine/overlays/index.ts';
import type { DrawableGraph } from '../../protocol/drawable.ts';
import type { AttributeView, LayerDetail, ModelView, OverlayView, PortView, ProblemView, ValueView } from '../../protocol/view.ts';

/** Longer texts and lists are cut in the view; the file keeps them. */
const shownText = 400;
const shownItems = 32;
const shownMetadata = 100;
const shownFindings = 20;

/** A scanned model as a view shows it, and the details of single layers on demand. Knows nothing of editors. */
export class ModelReader {
  readonly #shapes: Shapes;
  readonly #layers: LayerCost[];
  #drawing: Drawing | undefined;

  /** Throws LatheError for a graph that is invalid. */
  constructor(
    private readonly model: Model,
    private readonly file: { name: string; bytes: number },
  ) {
    this.#shapes = inferShapes(model);
    this.#layers = layerCosts(model, this.#shapes);
  }

  view(): ModelView {
    const { model, file } = this;
    const cost = modelCost(model, this.#shapes);
    const findings = checkModel(model).map(({ message, node }) => (node === undefined ? message : `${node}: ${message}`));
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
    return (this.#drawing ??= drawModel(this.model, this.#shapes)).graph;
  }

  overlays(): OverlayView[] {
    const source = { model: this.model, shapes: this.#shapes, layers: this.#layers };
    return staticOverlays.flatMap((overlay) => overlay.of(source) ?? []);
  }

  /** Throws RangeError when there is no such layer. */
  detail(index: number): LayerDetail {
    const node = this.#layers[index]?.node;
    if (!node) throw new RangeError(`there is no layer ${index}`);
    return {
      index,
      name: node.label,
      op: node.qualifiedOp,
      attributes: [...node.attributes].map(([name, attribute]) => attributeView(name, attribute)),
      inputs: node.inputs.map((name) => this.#port(name)),
      outputs: node.outputs.map((name) => this.#port(name)),
    };
  }

  #port(name: string): PortView {
    if (name === '') return { kind: 'absent', name, type: '', shape: null };
    const tensor = this.model.graph.constant(name);
    if (tensor) return { kind: 'constant', name, type: dataTypeName(tensor.type), shape: [...tensor.dims], bytes: tensor.byteLength };
    return { kind: 'value', ...this.#valueView(name) };
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

function attributeView(name: string, attribute: Attribute): AttributeView {
  return { name, type: attribute.kind, value: cut(attributeText(attribute)) };
}

function attributeText(attribute: Attribute): string {
  switch (attribute.kind) {
    case 'float':
    case 'int':
      return String(attribute.value);
    case 'string':
      return bytesAsText(attribute.value);
    case 'tensor':
      return tensorText(attribute.value);
    case 'graph':
      return graphText(attribute.value);
    case 'floats':
    case 'ints':
      return shorten(attribute.value.slice(0, shownItems + 1).map(String), shownItems, () => `… ${attribute.value.length} in all`).join(
        ', ',
      );
    case 'strings':
      return shorten(attribute.value.slice(0, shownItems + 1).map(bytesAsText), shownItems, () => '…').join(', ');
    case 'tensors':
      return attribute.value.slice(0, shownItems).map(tensorText).join('; ');
    case 'graphs':
      return attribute.value.slice(0, shownItems).map(graphText).join('; ');
    case 'reference':
      return `the function's attribute ${attribute.to}`;
    default:
      return '(not shown)';
  }
}

const tensorText = (tensor: Tensor): string => `${dataTypeName(tensor.type)} ${tensor.dims.length ? tensor.dims.join('×') : 'scalar'}`;
const graphText = (graph: Graph): string => `graph of ${graph.nodes.length} nodes: ${operators(graph.nodes)}`;
const operators = (nodes: readonly Node[]): string => [...new Set(nodes.slice(0, 200).map((node) => node.qualifiedOp))].join(', ');
const bytesAsText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes.subarray(0, 4 * shownText));
const cut = (text: string): string => (text.length > shownText ? `${text.slice(0, shownText)} …` : text);

function shorten(items: string[], limit: number, rest: (count: number) => string): string[] {
  return items.length > limit ? [...items.slice(0, limit), rest(items.length - limit)] : items;
}
