import type { LayerView, ModelView } from '../../../protocol/view.ts';
import type { XirOp } from '../../xir/graph.ts';
import { fixOf, macsOf, product } from '../../xir/stored.ts';
import { operandList } from './operands.ts';
import type { XirDrawing } from './draw.ts';

/** Sizes of a file and of each layer. Names are as the file has them. */
export type XirFigures = Pick<ModelView, 'parameters' | 'weightBytes' | 'macs' | 'peakActivationBytes'> & { readonly layers: LayerView[] };

/** Bytes of weights are those that are stored: float32 in a quantized file, integers in a compiled one. */
export function xirFigures(drawing: XirDrawing): XirFigures {
  const find = (name: string): XirOp | undefined => drawing.stored.get(name)?.constant ?? drawing.ops.get(name);
  const layers = drawing.layers.map((op, index): LayerView => {
    const constants = new Set(operandList(op).flatMap(({ name }) => drawing.stored.get(name)?.constant ?? []));
    const sizes = [...constants].map(({ tensor }) => ({ elements: product(tensor.shape), bits: tensor.bits }));
    return {
      index,
      name: op.name,
      op: op.type,
      outputShape: op.tensor.shape,
      parameters: finite(sizes.reduce((sum, { elements }) => sum + elements, 0)),
      weightBytes: finite(sizes.reduce((sum, { elements, bits }) => sum + Math.ceil((elements * bits) / 8), 0)),
      macs: macsOf(op, find),
    };
  });
  const held = layers.reduce((sum, { weightBytes }) => sum + weightBytes, 0);
  const macs = layers.reduce<number | null>((sum, layer) => (sum === null || layer.macs === null ? null : sum + layer.macs), 0);
  return {
    parameters: layers.reduce((sum, { parameters }) => sum + parameters, 0),
    weightBytes: held,
    macs,
    peakActivationBytes: peakOf(drawing),
    layers,
  };
}

const finite = (value: number): number => (Number.isSafeInteger(value) ? value : 0);

/** Most that values between layers take at once when layers run in the file's order; what is rounded takes its bits. null for sizes that make no sense. */
function peakOf({ layers, inputs, outputs, stored }: XirDrawing): number | null {
  const order = [...inputs, ...layers];
  const last = new Map<string, number>();
  order.forEach((op, at) => {
    for (const { name } of operandList(op)) if (!stored.has(name)) last.set(name, at);
  });
  for (const { name } of outputs) last.set(name, order.length);
  const ending: string[][] = order.map(() => []);
  for (const [name, at] of last) ending[at]?.push(name);
  const size = new Map<string, number>();
  let [live, peak] = [0, 0];
  order.forEach((op, at) => {
    const bytes = Math.ceil((product(op.tensor.shape) * (fixOf(op).bits ?? op.tensor.bits)) / 8);
    size.set(op.name, bytes);
    live += bytes;
    peak = Math.max(peak, live);
    for (const name of ending[at]!) live -= size.get(name) ?? 0;
    if (!last.has(op.name)) live -= bytes;
  });
  return Number.isSafeInteger(peak) ? peak : null;
}
