import { scanModel } from '../../onnx/scan.ts';
import type { Model } from '../../onnx/graph.ts';

/** Finds the layer of our model that a tool means by a name; undefined where none fits. */
export type LayerOf = (name: string) => string | undefined;

/** What compilers add to names of what they change: fixes, borders, copies, the pass that did it in brackets. */
const added = /(?:_fix|_new|_copy|_upload|_download|_inserted|_float|[_-]\d{1,4})$/;
const mostAdded = 6;

/** As exporters of ONNX, XIR and other tools spell names: letters and digits only. */
const plain = (name: string): string => name.replaceAll(/[^0-9A-Za-z]/g, '_');

/** Names of layers and values of a model, in any tool's spelling. A quantizer stands for the layer whose result it rounds. */
export function layerFinder({ graph }: Model): LayerOf {
  const layers = new Map<string, string>();
  const add = (name: string, label: string): void => {
    if (name !== '' && !layers.has(plain(name))) layers.set(plain(name), label);
  };
  const computes = (op: string): boolean => op !== 'QuantizeLinear' && op !== 'DequantizeLinear';
  const labelOf = (value: string): string | undefined => {
    let maker = graph.producer(value);
    for (let i = 0; i < 2 && maker && !computes(maker.op); i++) maker = graph.producer(maker.inputs[0] ?? '');
    return maker?.label;
  };
  const nodes = graph.topologicalOrder();
  for (const node of nodes) if (computes(node.op)) add(node.label, node.label);
  for (const node of nodes) for (const output of node.outputs) add(output, labelOf(output) ?? node.label);
  // Weights are called after their tensor: the layer that reads them.
  for (const node of nodes)
    if (computes(node.op)) for (const input of node.inputs) if (labelOf(input) === undefined) add(input, node.label);
  return (name) => {
    let wanted = plain(name.replaceAll(/\([^()]*\)/g, '').slice(0, 2000));
    for (let i = 0; i <= mostAdded; i++) {
      const found = layers.get(wanted);
      if (found !== undefined) return found;
      const shorter = wanted.replace(added, '');
      if (shorter === wanted) return undefined;
      wanted = shorter;
    }
    return undefined;
  };
}

/** Of an ONNX file; of any other nothing is known. */
export async function layersOfFile(model: string): Promise<LayerOf> {
  return model.toLowerCase().endsWith('.onnx') ? layerFinder(await scanModel(model)) : () => undefined;
}
