import { LatheError } from '../base/errors.ts';
import { textField } from '../onnx/kept-fields.ts';
import type { Node } from '../onnx/node.ts';
import { memorySource, WireReader } from '../onnx/wire-reader.ts';

/** NodeProto.metadata_props of onnx.proto: entries of key (1) and value (2). */
const metadataField = 9;
/** Where PyTorch's exporter (torch.onnx with dynamo, 2.5 and later) writes the modules around a node: "['', 'layer1', 'layer1.0', 'conv2d']". */
const modulesKey = 'pkg.torch.onnx.name_scopes';
const longest = 2000;

/** The modules around a node, outermost first, where an exporter wrote them beside its name; undefined where none did. */
export function moduleNames(node: Node): string[] | undefined {
  if (node.rest.length === 0) return undefined;
  const value = metadata(node.rest, modulesKey);
  if (value === undefined) return undefined;
  const names = [...value.slice(0, longest).matchAll(/'([^']*)'/g)].map((match) => match[1]!);
  // The last is the node's own; each holds the names of those around it.
  const modules = names.slice(0, -1).filter((name) => name !== '');
  return modules.map((name, i) => (i > 0 && name.startsWith(`${modules[i - 1]}.`) ? name.slice(modules[i - 1]!.length + 1) : name));
}

/** The value of a key among a node's metadata; undefined where it has none, or bytes that say nothing: then it is drawn without. */
function metadata(fields: readonly Uint8Array[], key: string): string | undefined {
  try {
    for (const field of fields) {
      const reader = new WireReader(memorySource(field));
      while (reader.next()) {
        if (reader.field !== metadataField) {
          reader.skip();
          continue;
        }
        const entry = reader.bytes();
        if (textField(entry, 1) === key) return textField(entry, 2);
      }
    }
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
  }
  return undefined;
}
