import { attributes, Node } from '../../onnx/graph.ts';
import type { Conversion } from './conversion.ts';

/**
 * Softmax-11 and its kin flattened the input to two dimensions at `axis` (1 by default) and worked on all that follows; Softmax-13
 * works along one axis (-1 by default). Where only one axis is left to follow they are the same; elsewhere the flattening
 * is written out.
 */
const flattening = (op: string): Conversion => ({
  op,
  at: 13,
  convert(node, editor) {
    const axis = node.int('axis', 1);
    const shape = editor.known(node.inputs[0]!)?.shape;
    const from = shape && axis < 0 ? axis + shape.length : axis;
    if (shape && shape.slice(from + 1).every((dim) => dim === 1)) {
      node.attributes.set('axis', { kind: 'int', value: from });
      return true;
    }
    const [input, output] = [node.inputs[0]!, node.outputs[0]!];
    const name = (role: string): string => editor.graph.uniqueName(`${node.label}/${role}`);
    const [dims, flat, result] = [name('shape'), name('flat'), name('flat_result')];
    editor.replace(
      node,
      new Node('', 'Shape', [input], [dims]),
      new Node('', 'Flatten', [input], [flat], attributes({ axis })),
      new Node(node.label, op, [flat], [result], attributes({ axis: -1 })),
      new Node('', 'Reshape', [result, dims], [output]),
    );
    return true;
  },
  note: 'works along one axis; where it covered several they are flattened first',
});

export const conversions: readonly Conversion[] = ['Softmax', 'LogSoftmax', 'Hardmax'].map(flattening);
