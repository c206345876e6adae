import type { Outputs } from '../../evaluate/metric.ts';
import type { PlanLayer } from '../layers.ts';
import { Sweep } from '../sweep.ts';
import { rowOf, type Method, type MethodJob } from '../method.ts';

/** One layer is quantized, all others are float: what that does to the answers of the network. Only what follows the layer is run again. */
export const isolated: Method = {
  name: 'isolated',
  summary: 'One layer is quantized, the others stay float: what that does to the network’s outputs.',
  at: 'network',
  baseline: 'float',
  runs: (layers, widths) => [0, 0, ...layers.flatMap((place) => Array.from({ length: widths }, () => place))],
  async run(job) {
    const { plan, cuts, layers, variants, deps, rows, ran } = job;
    const trials = (layer: PlanLayer) =>
      new Map(
        variants.flatMap((at, width) => {
          const variant = at.get(layer.node)!;
          return variant.changes ? [[width, variant] as const] : [];
        }),
      );
    const sweep = new Sweep({ plan, cuts, layers, base: [], trials }, deps);
    const places = new Map(layers.map((layer, i) => [layer, i]));
    try {
      for await (const chunk of job.chunks) {
        const before = rows.samples.length;
        const references: Outputs[] = [];
        const sink = {
          base(picture: number, outputs: Outputs): void {
            references[picture] = outputs;
            rows.base[0]![before + picture] = rowOf(job, chunk[picture]!, outputs, outputs);
          },
          trial(layer: PlanLayer, width: number, picture: number, outputs: Outputs): void {
            rows.layers[width]![places.get(layer)!]![before + picture] = rowOf(job, chunk[picture]!, references[picture]!, outputs);
          },
        };
        await sweep.run(chunk, sink, ran);
        rows.samples.push(...chunk.map(({ index }) => index));
        fillUnchanged(job, before);
      }
    } finally {
      await sweep.dispose();
    }
  },
};

/** A layer that rounding does not change answers as the float model does. */
function fillUnchanged({ layers, variants, rows }: MethodJob, from: number): void {
  variants.forEach((at, width) => {
    layers.forEach((layer, i) => {
      if (at.get(layer.node)!.changes) return;
      for (let picture = from; picture < rows.samples.length; picture++) rows.layers[width]![i]![picture] = rows.base[0]![picture];
    });
  });
}
