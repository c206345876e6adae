import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeModel } from '../../../src/engine/onnx/file.ts';
import type { BenchContext } from '../measure.ts';
import { openNetwork, type TrainedNetwork } from './networks.ts';
import { Trainer } from './trainer.ts';
import { topologyOf } from './topology.ts';

type Environment = Readonly<Record<string, string>>;

/** What our side is asked for. */
export interface OurSettings {
  readonly threads: number;
  readonly lowering?: 'blocked' | 'portable';
  /** With fake quantization of weights and activations. */
  readonly bits?: number;
  readonly env?: Environment;
}

/** What PyTorch is asked for. */
export interface PeerSettings {
  readonly threads: number;
  readonly layout: 'default' | 'channels_last';
  readonly quantized?: boolean;
  readonly env?: Environment;
}

/** One network, and how both sides train it. */
export class Contest {
  private constructor(
    private readonly bench: BenchContext,
    readonly network: TrainedNetwork,
    private readonly file: string,
  ) {}

  static async open(bench: BenchContext, network: TrainedNetwork): Promise<Contest> {
    const file = path.join(bench.scratch, network.name.replaceAll(' ', '-'));
    const model = await openNetwork(bench.zoo!, network);
    await writeModel(model, `${file}.onnx`);
    writeFileSync(`${file}.json`, JSON.stringify(topologyOf(model)));
    return new Contest(bench, network, file);
  }

  ours({ threads, lowering = 'blocked', bits, env }: OurSettings): Trainer {
    const settings = [`${this.file}.onnx`, this.network.batch, threads, lowering, ...(bits === undefined ? [] : [bits])];
    return new Trainer(process.execPath, ['scripts/run-ts.mjs', 'test/bench/train/worker.ts', ...settings.map(String)], env);
  }

  /** Absent without --peers. */
  theirs({ threads, layout, quantized = false, env }: PeerSettings): Trainer | undefined {
    if (!this.bench.peers) return undefined;
    const settings = [`${this.file}.json`, this.network.batch, threads, layout, ...(quantized ? ['qat'] : [])];
    return new Trainer(this.bench.peers.python('torch'), ['test/bench/peers/torch_step.py', ...settings.map(String)], env);
  }

  /** Lets trainers take turns, so that all of them meet the same conditions; they end whatever happens. */
  async run(trainers: readonly (Trainer | undefined)[]): Promise<void> {
    const present = trainers.filter((trainer) => trainer !== undefined);
    try {
      for (const trainer of present) await trainer.warmUp();
      for (let round = 0; round < rounds; round++) for (const trainer of present) await trainer.run(this.network.steps);
    } finally {
      for (const trainer of present) trainer.end();
    }
  }
}

const rounds = 3;
