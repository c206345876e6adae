import { createHash } from 'node:crypto';
import type { Graph } from '../../onnx/graph.ts';
import type { Node, StoredAttribute } from '../../onnx/node.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import { tensorForm } from './content.ts';
import type { Unit } from './folded.ts';

/** Texts of attributes that are longer are compared by their hashes. */
const longestText = 200;

/** Equal for equal attributes; sub-graphs are compared by their nodes' operators and inputs. */
export function attributeText(attribute: StoredAttribute): string {
  switch (attribute.kind) {
    case 'graph':
      return brief(graphText(attribute.value));
    case 'graphs':
      return brief(attribute.value.map(graphText).join());
    case 'tensor':
    case 'sparse':
      return tensorText(attribute.value);
    case 'tensors':
      return brief(attribute.value.map(tensorText).join());
    case 'string':
      return brief(`string ${Buffer.from(attribute.value).toString('latin1')}`);
    case 'strings':
      return brief(`strings ${attribute.value.map((value) => Buffer.from(value).toString('latin1')).join()}`);
    case 'float':
    case 'int':
      return `${attribute.kind} ${String(attribute.value)}`;
    case 'floats':
    case 'ints':
      return brief(`${attribute.kind} ${attribute.value.join()}`);
    default:
      return brief(JSON.stringify(attribute));
  }
}

const graphText = (graph: Graph): string => `graph ${graph.nodes.map((node) => `${node.qualifiedOp}(${node.inputs.join()})`).join()}`;

function tensorText(tensor: Tensor): string {
  const { source } = tensor;
  const form = tensorForm(tensor);
  if (source.kind === 'bytes') return `${form} ${createHash('sha1').update(source.bytes).digest('base64')}`;
  if (source.kind === 'sparse') return `${form} ${tensorText(source.values)} ${tensorText(source.indices)}`;
  if (source.kind === 'strings') return brief(`${form} ${source.strings.map((value) => Buffer.from(value).toString('latin1')).join()}`);
  return brief(`${form} ${JSON.stringify(source)}`);
}

const brief = (text: string): string => (text.length > longestText ? createHash('sha1').update(text).digest('base64') : text);

/** Names of attributes that differ, in the order of their names. */
export function changedAttributes(a: Node, b: Node): string[] {
  const names = [...new Set([...a.attributes.keys(), ...b.attributes.keys()])].sort();
  return names.filter((name) => {
    const [left, right] = [a.attributes.get(name), b.attributes.get(name)];
    return left === undefined || right === undefined || attributeText(left) !== attributeText(right);
  });
}

/** What a unit is, as far as it can be told without its neighbours: the more a signature says, the fewer units share it. */
export interface Signatures {
  /** The operator. */
  readonly op: string;
  /** With attributes. */
  readonly settings: string;
  /** With the shapes of its constants as well. */
  readonly form: string;
}

/** Element types are left out: quantization changes them. */
export function signaturesOf({ op, node, operands }: Unit): Signatures {
  const settings = [op, ...[...node.attributes].map(([name, value]) => `${name}=${attributeText(value)}`).sort()].join(' ');
  const shapes = operands.map((operand) => (operand?.constant ? `[${brief(operand.constant.tensor.dims.join())}]` : operand ? '.' : '-'));
  return { op, settings, form: `${settings} ${brief(shapes.join(''))}` };
}
