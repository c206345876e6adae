import type { Outputs } from '../../evaluate/metric.ts';
import { PartSession } from '../part-session.ts';
import { answers, batchOf } from '../pictures.ts';
import { Sweep } from '../sweep.ts';
import { pictureFeeder } from '../../statistics/feed.ts';
import { rowOf, type Method, type MethodJob } from '../method.ts';

/** All layers are quantized but one: what the answers gain by it. Only what follows the layer is run again. */
export const leaveOneOut: Method = {
  name: 'leave-one-out',
  summary: 'Every layer is quantized but one: what the network’s outputs gain when it stays float.',
  at: 'network',
  baseline: 'quantized',
  inverted: true,
  runs: (layers, widths) => [0, ...Array.from({ length: widths }, () => [0, 0, ...layers]).flat()],
  async run(job) {
    const { plan, cuts, layers, variants, deps, rows, ran } = job;
    const sweeps = variants.map(
      (at) => new Sweep({ plan, cuts, layers, base: [...at.values()], trials: () => new Map([[0, undefined]]) }, deps),
    );
    const places = new Map(layers.map((layer, i) => [layer, i]));
    const float = new FloatModel(job);
    try {
      for await (const chunk of job.chunks) {
        const before = rows.samples.length;
        const references: Outputs[] = [];
        for (const sample of chunk) references.push(await float.answers(sample));
        for (const [width, sweep] of sweeps.entries()) {
          const row = (picture: number, outputs: Outputs): unknown => rowOf(job, chunk[picture]!, references[picture]!, outputs);
          await sweep.run(
            chunk,
            {
              base: (picture, outputs) => void (rows.base[width]![before + picture] = row(picture, outputs)),
              trial: (layer, _, picture, outputs) =>
                void (rows.layers[width]![places.get(layer)!]![before + picture] = row(picture, outputs)),
            },
            ran,
          );
        }
        rows.samples.push(...chunk.map(({ index }) => index));
      }
    } finally {
      await float.dispose();
      for (const sweep of sweeps) await sweep.dispose();
    }
  },
};

/** The plan's model as it is, opened when the first picture comes. */
class FloatModel {
  #session: PartSession | undefined;
  readonly #job: MethodJob;

  constructor(job: MethodJob) {
    this.#job = job;
  }

  async answers(sample: Parameters<typeof batchOf>[1]): Promise<Outputs> {
    const { cuts, plan, deps, ran } = this.#job;
    const values = new Map(Object.entries(pictureFeeder(cuts.model)(sample)));
    this.#session ??= await PartSession.open({ ...deps, cuts, shapes: plan.shapes }, { from: 0, to: cuts.end }, [], values);
    for (const [name, tensor] of Object.entries(await this.#session.run(values))) values.set(name, tensor);
    ran(0);
    return answers(cuts.model, values, batchOf(cuts.model, sample));
  }

  async dispose(): Promise<void> {
    await this.#session?.dispose();
  }
}
