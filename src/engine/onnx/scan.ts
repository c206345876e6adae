import { LatheError } from '../base/errors.ts';
import { carryMessage } from './as-read.ts';
import { accept } from './check.ts';
import { decodeModelFrom } from './decode-model.ts';
import { ExternalData } from './external-data.ts';
import { FileRanges, readRange } from './file-ranges.ts';
import { withFileSource } from './file-source.ts';
import type { Model } from './graph.ts';
import { Tensor } from './tensor.ts';
import { tensorPlaces } from './tensor-places.ts';

/** Tensors up to this size are loaded by a scan: shapes, axes, scales. */
const smallTensor = 4096;
/** All of them together: many small tensors must not make a light scan heavy. */
const smallTensorBudget = 32 * 2 ** 20;
/** What a small external tensor takes of that at least. */
const leastCost = 1024;

/**
 * Reads a model without its weights: they stay in the file as sources of kind 'file', small tensors (≤ 4 KiB) are loaded. The
 * graph is checked and sorted as `readModel` does; what is odd is in `model.findings`. `lenient`, for viewing: an invalid graph
 * is a finding. Throws LatheError `model.*`, `graph.*`, `file.read`.
 */
export async function scanModel(path: string, options: { readonly lenient?: boolean } = {}): Promise<Model> {
  return (await scanModelFiles(path, options)).model;
}

/** The same, with the files beside it in which the model keeps weights: relative paths as written, sorted. */
export async function scanModelFiles(
  path: string,
  options: { readonly lenient?: boolean } = {},
): Promise<{ readonly model: Model; readonly external: readonly string[] }> {
  const model = scanFile(path);
  const external = locationsIn(model);
  const ranges = new FileRanges();
  try {
    await findExternalData(model, path, ranges);
  } finally {
    await ranges.close();
  }
  accept(model, options.lenient);
  return { model, external };
}

async function findExternalData(model: Model, path: string, ranges: FileRanges): Promise<void> {
  const external = new ExternalData(path);
  let budget = smallTensorBudget;
  for (const { name, tensor, replace } of tensorPlaces(model)) {
    if (tensor.source.kind !== 'external') continue;
    const range = await external.locate(name, tensor);
    if (range.length > Math.min(smallTensor, budget)) {
      replace(new Tensor(tensor.type, tensor.dims, { kind: 'file', ...range, external: true }));
      continue;
    }
    // A read costs as much as it brings: many tiny tensors must not add up either.
    budget -= Math.max(range.length, leastCost);
    replace(new Tensor(tensor.type, tensor.dims, { kind: 'bytes', bytes: await ranges.read(range) }));
  }
}

/** Where a model says that its weights lie beside its own file, each once, sorted. Nothing of it is looked for. */
export const externalLocations = (path: string): string[] => locationsIn(scanFile(path));

function locationsIn(model: Model): string[] {
  const locations = new Set<string>();
  for (const { tensor } of tensorPlaces(model)) if (tensor.source.kind === 'external') locations.add(tensor.source.location);
  return [...locations].sort();
}

const scanFile = (path: string): Model =>
  withFileSource(path, (source) => decodeModelFrom(source, { path, smallTensor, smallTensorBudget }));

/** The tensor with its data in memory. Throws `model.truncated` when the file has become shorter since it was scanned. */
export async function loadTensor(tensor: Tensor): Promise<Tensor> {
  if (tensor.source.kind === 'external') {
    throw new LatheError('model.weights-not-loaded', "the model's external data was never looked for", {
      file: tensor.source.location,
      hint: 'Open the model from its file.',
    });
  }
  if (tensor.source.kind !== 'file') return tensor;
  return carryMessage(tensor, new Tensor(tensor.type, tensor.dims, { kind: 'bytes', bytes: await readRange(tensor.source) }));
}
