import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BenchContext, Measurement } from '../measure.ts';
import { benchModels, type BenchModel } from '../models.ts';
import { pruningPeer } from '../peers.ts';
import { runPeerScript, writeArray } from '../quantize/peer.ts';
import { openPictures } from '../score.ts';

/** What Torch-Pruning did with a file at one ratio. */
export type TorchPruned =
  | { readonly fails: string }
  | {
      /** Of the call that builds the dependency graph, ranks and cuts: wall, and the processor's. */
      readonly seconds: number;
      readonly cpuSeconds: number;
      /** Parts that are left. */
      readonly macs: number;
      readonly parameters: number;
      /** On the test pictures, straight behind the cut, in per cent. */
      readonly top1?: number;
      readonly trained?: number;
      readonly trainCpuSeconds?: number;
    };

export interface TorchPruningRequest {
  /** In the zoo's folder. */
  readonly file: string;
  readonly input: readonly number[];
  readonly ratios: readonly number[];
  /** Pictures and preprocessing for the accuracy; none: the cut alone. */
  readonly like?: BenchModel;
  /** Fine-tuning on the training pictures, in epochs. */
  readonly epochs?: number;
  /** Shortcuts that slice and pad are written as convolutions first. */
  readonly shortcuts?: boolean;
  /** Widths of the layers that make the outputs, where there are several. */
  readonly ends?: readonly number[];
}

const trainPictures = { path: 'data/cifar10/train', labels: 'folders' };
/** With fine-tuning, on a busy machine. */
const mostSeconds = 3600;
let serial = 0;

/** One process for all ratios of a file; by place of the ratio. */
export async function torchPruned(bench: BenchContext, request: TorchPruningRequest): Promise<readonly TorchPruned[]> {
  const { file, ratios, input, like, epochs, shortcuts = false, ends } = request;
  const settings = path.join(bench.scratch, `torch-pruning-${++serial}.json`);
  const test = like && (await picturesFile(bench, like, 'test', like.test));
  const train = like && epochs && { ...(await picturesFile(bench, like, 'train', trainPictures)), fill: blackOf(like) };
  writeFileSync(settings, JSON.stringify({ ratios, input, shortcuts, ends, epochs, test: test ?? null, train: train ?? null }));
  const made = await runPeerScript<{ rows: TorchPruned[] }>(
    bench,
    'pruning',
    'prune_torch.py',
    [path.join(bench.zoo!, file), settings],
    mostSeconds,
  );
  return made.rows;
}

async function picturesFile(bench: BenchContext, like: BenchModel, part: string, source: Record<string, unknown>): Promise<object> {
  const pictures = path.join(bench.scratch, `${like.name}-${part}.npy`);
  const dataset = await openPictures(bench.zoo!, like, source);
  await writeArray(dataset, pictures);
  return { pictures, labels: dataset.samples.map(({ label }) => label) };
}

/** A black pixel as the model takes it: what the crop pads with. */
const blackOf = ({ input }: BenchModel): number[] => {
  const [mean, std] = [input['mean'] as number[], input['std'] as number[]];
  return mean.map((value, channel) => -value / std[channel]!);
};

/** Torch-Pruning on a CIFAR network of the zoo: the file that keeps batch normalization, with shortcuts rewritten for it where it needs that. */
export class TorchPruningResults {
  readonly #bench: BenchContext;
  readonly #epochs: number | undefined;
  readonly #made = new Map<string, Promise<{ readonly row: TorchPruned; readonly asPublished?: string }>>();

  constructor(bench: BenchContext, options: { readonly epochs?: number } = {}) {
    this.#bench = bench;
    this.#epochs = options.epochs;
  }

  /** undefined without --peers. `asPublished` says why the file as it is fails. */
  of(name: string, ratio: number): Promise<{ readonly row: TorchPruned; readonly asPublished?: string }> | undefined {
    if (!this.#bench.peers) return undefined;
    const key = `${name} ${ratio}`;
    const made = this.#made.get(key) ?? this.#run(name, ratio);
    this.#made.set(key, made);
    return made;
  }

  async #run(name: string, ratio: number): Promise<{ row: TorchPruned; asPublished?: string }> {
    const like = benchModels.find((one) => one.name === name)!;
    const normalized = like.model.replace('.onnx', '_bn.onnx');
    const request: TorchPruningRequest = {
      file: existsSync(path.join(this.#bench.zoo!, normalized)) ? normalized : like.model,
      input: [1, 3, 32, 32],
      ratios: [ratio],
      like,
      ...(this.#epochs === undefined ? {} : { epochs: this.#epochs }),
    };
    const [row] = await torchPruned(this.#bench, request);
    if (!('fails' in row!)) return { row: row! };
    const [rewritten] = await torchPruned(this.#bench, { ...request, shortcuts: true });
    return { row: rewritten!, asPublished: row.fails };
  }
}

const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;

/** Theirs beside ours, for a row of accuracies in per cent: the difference is in points. */
export function beside(
  ours: number,
  theirs: { readonly row: TorchPruned; readonly asPublished?: string } | undefined,
  trained = false,
): { readonly peer?: Measurement['peer']; readonly note: string } {
  if (!theirs) return { note: '' };
  const { row, asPublished } = theirs;
  if ('fails' in row) return { note: `Torch-Pruning fails: ${row.fails}` };
  const value = (trained ? row.trained : row.top1)!;
  const parts = [
    `${ours >= value ? '+' : ''}${(ours - value).toFixed(1)} points on Torch-Pruning with ${percent(row.macs)} of the multiply-adds, ${percent(row.parameters)} of the parameters`,
    trained ? `its training ${(row.trainCpuSeconds! / 60).toFixed(1)} CPU minutes` : '',
    asPublished ? `the shortcuts rewritten by hand for it; on the file as published it fails: ${asPublished}` : '',
  ];
  return { peer: { ...pruningPeer, value }, note: parts.filter(Boolean).join('; ') };
}
