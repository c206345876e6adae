import script from '../python/from_pytorch.py';
import { endingOf, type ForeignFile } from '../foreign-file.ts';
import { pickleGlobals } from '../pickle-globals.ts';
import type { ImportSource, PythonPackage, Recognised } from './source.ts';

const torch: PythonPackage = { name: 'torch', least: '2.1' };
const onnx: PythonPackage = { name: 'onnx', least: '1.14' };

/** The structure of a network is small; the weights are not in the pickle. */
const mostPickleBytes = 64 << 20;

/** What torch.load(weights_only=True) itself takes: tensors, storages, and the containers around them (torch/_weights_only_unpickler.py). */
const harmless =
  /^(collections\.(OrderedDict|defaultdict|Counter)|torch\._utils\._rebuild_\w+|torch\.(\w+Storage|storage\.\w+|Size|device|[a-z]+\d*(_[a-z0-9]+)?)|torch\._tensor\._rebuild_from_type_v2|torch\.nn\.parameter\.Parameter|torch\.serialization\._get_layout|torch\._tensor\.Tensor|torch\.Tensor|numpy(\._core|\.core)?(\.multiarray)?\.(scalar|dtype|_reconstruct|ndarray)|_codecs\.encode|builtins\.(set|complex|bytearray))$/;

/** Files of torch.save, torch.jit.save and torch.export.save, and safetensors. */
export const pytorch: ImportSource = {
  name: 'pytorch',
  title: 'PyTorch files',
  packages: [torch, onnx],
  script,
  async recognise(file) {
    if (file.isFolder) return undefined;
    const { entries } = file;
    if (entries) return archive(file, entries);
    if (endingOf(file) === '.safetensors') return stateDict('weights in safetensors', [{ name: 'safetensors', least: '0.4' }]);
    if (!['.pt', '.pth', '.bin', '.ckpt', '.tar'].includes(endingOf(file)) || file.head[0] !== 0x80) return undefined;
    // Before torch 1.6: magic number, protocol, machine, then the network, each a pickle of its own.
    const names = legacyGlobals(await file.start(mostPickleBytes));
    return fromGlobals(names.names, names.complete);
  },
};

async function archive(file: ForeignFile, entries: readonly string[]): Promise<Recognised | undefined> {
  const program = entries.some((name) => /(^|\/)(serialized_exported_program\.json|models\/[^/]+\.json)$/.test(name));
  if (program) return exported(file, entries);
  const pickle = entries.find((name) => /(^|\/)data\.pkl$/.test(name));
  if (pickle === undefined) return undefined;
  if (entries.some((name) => /(^|\/)constants\.pkl$/.test(name)) || entries.some((name) => /(^|\/)code\//.test(name))) {
    return {
      title: 'TorchScript program',
      kind: 'torchscript',
      packages: [torch, onnx],
      danger: 'a TorchScript program is code that runs when it is converted',
      needsShape: true,
    };
  }
  const { names, complete } = pickleGlobals(await file.member(pickle, mostPickleBytes));
  return fromGlobals(names, complete);
}

/** A program of torch.export is data (JSON), but weights and example inputs beside it are pickles. */
async function exported(file: ForeignFile, entries: readonly string[]): Promise<Recognised> {
  const recognised = { title: 'PyTorch exported program', kind: 'program', packages: [torch, onnx, { name: 'onnxscript', least: '0.1' }] };
  const strange: string[] = [];
  for (const name of entries.filter((entry) => /\.pkl$/.test(entry))) {
    const { names, complete } = pickleGlobals(await file.member(name, mostPickleBytes));
    strange.push(...names.filter((each) => !harmless.test(each)), ...(complete ? [] : ['something unreadable']));
  }
  // Constants and example inputs lie in archives inside the archive, which torch reads with weights_only.
  return strange.length ? { ...recognised, danger: `it would import ${listed(strange)}` } : recognised;
}

function fromGlobals(names: readonly string[], complete: boolean): Recognised {
  const strange = names.filter((name) => !harmless.test(name));
  if (complete && strange.length === 0) return stateDict('PyTorch state dict', []);
  const what = strange.length ? `it would import ${listed(strange)}` : 'its pickle cannot be followed to the end';
  return { title: 'PyTorch network as a pickle', kind: 'pickle', packages: [torch, onnx], danger: what, needsShape: true };
}

const stateDict = (title: string, more: readonly PythonPackage[]): Recognised => ({
  title,
  kind: 'state-dict',
  packages: [torch, onnx, ...more],
  needsArchitecture: true,
  needsShape: true,
});

function listed(names: readonly string[]): string {
  const shown = [...new Set(names)].slice(0, 3).map((name) => JSON.stringify(name.slice(0, 80)));
  return names.length > shown.length ? `${shown.join(', ')} and others` : shown.join(', ');
}

/** Globals of the pickles that lie one behind the other; torch's own loader stops at five (magic, version, machine, network, keys). */
function legacyGlobals(bytes: Uint8Array): { names: string[]; complete: boolean } {
  const names: string[] = [];
  let rest = bytes;
  for (let part = 0; part < 5; part++) {
    const found = pickleGlobals(rest);
    names.push(...found.names);
    if (!found.complete) return { names, complete: false };
    rest = rest.subarray(found.length);
  }
  return { names, complete: true };
}
