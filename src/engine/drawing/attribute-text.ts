import type { Node } from '../onnx/node.ts';

/** Long texts and lists are cut: this is to be searched, the side panel shows what is there. */
const mostAttributes = 24;
const mostItems = 8;
const mostText = 60;

/** An operator's attributes to be searched, one to a line: "kernel_shape=3,3". Graphs and tensors by their names alone; '' where it has none. */
export function attributeText(node: Node): string {
  const lines: string[] = [];
  for (const [name, attribute] of node.attributes) {
    if (lines.length === mostAttributes) break;
    lines.push(`${name.slice(0, mostText)}=${valueText(node, name, attribute)}`);
  }
  return lines.join('\n');
}

function valueText(node: Node, name: string, attribute: NonNullable<ReturnType<Node['attributes']['get']>>): string {
  switch (attribute.kind) {
    case 'int':
      return String(attribute.value);
    case 'float':
      return String(Number(attribute.value.toPrecision(4)));
    case 'ints':
    case 'floats':
      return [...attribute.value.slice(0, mostItems)]
        .map((value) => String(typeof value === 'number' ? Number(value.toPrecision(4)) : value))
        .join(',');
    case 'string':
      return node.string(name, '').slice(0, mostText);
    default:
      return attribute.kind;
  }
}
