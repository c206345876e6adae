import type { Reading } from '../../engine/drawing/weights/chunks.ts';
import { kernelValues } from '../../engine/drawing/weights/kernels.ts';
import { roundedTo } from '../../engine/drawing/weights/rounded.ts';
import { summarizeWeights } from '../../engine/drawing/weights/summary.ts';
import { LatheError } from '../../engine/base/errors.ts';
import { xirDetail } from '../../engine/drawing/xir/detail.ts';
import { drawXir, type XirDrawing } from '../../engine/drawing/xir/draw.ts';
import { xirFigures } from '../../engine/drawing/xir/figures.ts';
import { operandList } from '../../engine/drawing/xir/operands.ts';
import { xirOverlays } from '../../engine/drawing/xir/overlays.ts';
import { kernelsOf, requireNumbers } from '../../engine/drawing/xir/weights.ts';
import { formatOfXir, xirFacts, xirRemarks } from '../../engine/xir/describe.ts';
import type { XirOp } from '../../engine/xir/graph.ts';
import type { XirFile } from '../../engine/xir/scan.ts';
import { valueType } from '../../engine/xir/stored.ts';
import type { DrawableGraph } from '../../protocol/drawable.ts';
import type { LayerDetail, ModelView, OverlayView, ValueView } from '../../protocol/view.ts';
import type { KernelsView, RoundedView, WeightsPlace, WeightsView } from '../../protocol/weights.ts';
import type { FileReader } from './file-reader.ts';
import { cut, shorten } from './shorten.ts';

const shownFacts = 100;
const shownFindings = 20;

/** A scanned `.xmodel`, quantized or compiled, as a view shows it. Knows nothing of editors. */
export class XirReader implements FileReader {
  readonly #drawing: XirDrawing;
  #view: ModelView | undefined;

  constructor(
    private readonly file: XirFile,
    private readonly name: string,
  ) {
    this.#drawing = drawXir(file.graph);
  }

  view(): ModelView {
    return (this.#view ??= this.#viewed());
  }

  #viewed(): ModelView {
    const { about, inputs, outputs } = this.#drawing;
    const { layers, ...totals } = xirFigures(this.#drawing);
    return {
      name: this.name,
      fileBytes: this.file.bytes,
      format: formatOfXir(about),
      producer: about.compiler === undefined ? '' : `xcompiler ${about.compiler}`,
      ...totals,
      inputs: inputs.map(valueView),
      outputs: outputs.map(valueView),
      layers: layers.map((layer) => ({ ...layer, name: cut(layer.name), op: cut(layer.op) })),
      metadata: xirFacts(about)
        .slice(0, shownFacts)
        .map(([name, value]) => [cut(name), cut(value)]),
      findings: shorten([...xirRemarks(about), ...this.file.findings], shownFindings, (rest) => `… and ${rest} more`),
    };
  }

  drawable(): DrawableGraph {
    return this.#drawing.graph;
  }

  overlays(): Promise<OverlayView[]> {
    return Promise.resolve(xirOverlays(this.#drawing));
  }

  detail(node: number): LayerDetail {
    return xirDetail(this.#drawing, node);
  }

  async weights({ node, input }: WeightsPlace, reading: Reading): Promise<WeightsView> {
    const summary = await summarizeWeights(this.#numbers({ node, input }), reading);
    return { node, input, name: cut(operandList(this.#layer(node))[input]?.name ?? ''), ...summary };
  }

  async rounded({ node, input }: WeightsPlace, bits: number, reading: Reading): Promise<RoundedView> {
    if (!Number.isInteger(bits) || bits < 2 || bits > 8) throw new RangeError(`there is no rounding to ${bits} bits`);
    return { node, input, ...(await roundedTo(this.#numbers({ node, input }), bits, reading)) };
  }

  besideOriginal({ node }: WeightsPlace): Promise<RoundedView> {
    const message = 'its weights are beside those of the ONNX model in a comparison of both files';
    return Promise.reject(new LatheError('weights.none', message, { node: this.#layer(node).name.slice(0, 200) }));
  }

  async kernels({ node, input, ...first }: WeightsPlace & { firstRow: number; firstCell: number }, reading: Reading): Promise<KernelsView> {
    const weights = await kernelsOf(this.#numbers({ node, input }));
    return { node, input, ...(await kernelValues(weights, first, reading)) };
  }

  #numbers({ node, input }: WeightsPlace): ReturnType<typeof requireNumbers> {
    return requireNumbers(this.#drawing, node, input, this.file.path);
  }

  #layer(node: number): XirOp {
    const op = this.#drawing.layers[node];
    if (!op) throw new RangeError(`there is no operator ${node}`);
    return op;
  }
}

const valueView = (op: XirOp): ValueView => ({ name: cut(op.tensor.name || op.name), type: valueType(op), shape: op.tensor.shape });
