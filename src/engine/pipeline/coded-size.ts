import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createDeflateRaw, deflateRaw } from 'node:zlib';
import type { CodedLayer, CodedModel } from '../../protocol/results/run.ts';
import { readModel } from '../onnx/file.ts';
import type { Model } from '../onnx/graph.ts';
import { scanModel } from '../onnx/scan.ts';
import { codedSize, type CodedSize } from '../ops/measure/coded-size.ts';
import { isSharing } from '../prune/cluster/metadata.ts';
import { isSparse } from '../prune/sparse/metadata.ts';
import { countZeros } from '../prune/sparse/stored-numbers.ts';
import { weightSites, type WeightSite } from '../prune/sparse/weight-sites.ts';
import type { HashedFile } from './hash.ts';

/** Above this it would take longer than it is worth: about five seconds for 128 MiB. */
const mostBytes = 128 * 2 ** 20;

/** Whether its size says little: weights are zero or shared, which only a compressed file is smaller for. */
export async function isWorthCoding(file: string): Promise<boolean> {
  const model = await scanModel(file);
  return isSparse(model) || isSharing(model);
}

/** What a model takes where it is stored compressed; undefined for a large one. */
export async function codedModel(file: string, { bytes }: HashedFile): Promise<CodedModel | undefined> {
  if (bytes > mostBytes) return undefined;
  const model = await readModel(file);
  const { sites } = weightSites(model);
  const sizes = sites.map((site) => sizeOf(model, site));
  const sum = (key: keyof CodedSize): number => sizes.reduce((total, size) => total + size[key], 0);
  return {
    zeros: zeroPart(sites) ?? 0,
    zippedBytes: await zippedBytes(file),
    entropyBytes: bytes - sum('dense') + sum('entropy'),
    codebookBytes: sum('codebook'),
  };
}

/** Part of the weights of convolutions and products with a matrix that is zero; null without such weights, and for a large model. */
export async function zeroWeights(file: string, { bytes }: Pick<HashedFile, 'bytes'>): Promise<number | null> {
  return bytes > mostBytes ? null : zeroPart(weightSites(await readModel(file)).sites);
}

function zeroPart(sites: readonly WeightSite[]): number | null {
  const weights = sites.reduce((total, { values }) => total + values.length, 0);
  return weights === 0 ? null : sites.reduce((total, site) => total + countZeros(site), 0) / weights;
}

/** What each layer's own weights take where they are stored compressed, by layer name; nothing of a large model. */
export async function codedLayers(file: string, { bytes }: HashedFile): Promise<ReadonlyMap<string, CodedLayer>> {
  const layers = new Map<string, CodedLayer>();
  if (bytes > mostBytes) return layers;
  const model = await readModel(file);
  for (const site of weightSites(model).sites) {
    const zipped = await promisify(deflateRaw)(model.graph.constant(site.tensor)!.bytes);
    const { dense, entropy, codebook, distinct } = sizeOf(model, site);
    const zeros = countZeros(site) / site.values.length;
    layers.set(site.layer, { zeros, distinct, bytes: dense, zippedBytes: zipped.length, entropyBytes: entropy, codebookBytes: codebook });
  }
  return layers;
}

const sizeOf = ({ graph }: Model, { tensor }: WeightSite): CodedSize => codedSize(graph.constant(tensor)!);

/** By deflate, as in a zip archive. */
async function zippedBytes(file: string): Promise<number> {
  let bytes = 0;
  await pipeline(createReadStream(file), createDeflateRaw(), async function (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) bytes += chunk.length;
  });
  return bytes;
}
