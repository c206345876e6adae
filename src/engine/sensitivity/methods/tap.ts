import { throwIfCancelled } from '../../base/errors.ts';
import { cloneModel } from '../../onnx/clone.ts';
import { encodeModel } from '../../onnx/codec.ts';
import { dataTypeBits } from '../../onnx/data-type.ts';
import { writeVariants, type LayerVariant } from '../../quantize/variant.ts';
import type { Session } from '../../runtime/runtime.ts';
import { pictureFeeder } from '../../statistics/feed.ts';
import { rowOf, type Method, type MethodJob } from '../method.ts';

/** Activations of one run are asked for in groups of about this size. */
const groupBytes = 32 * 2 ** 20;
/** What a value of unknown shape is taken for. */
const unknownBytes = 16 * 2 ** 20;

/**
 * Every layer is quantized: how far each layer's own output (before the activation function behind it) is from the float model's on the
 * same picture. Errors of the layers before it are in the figure.
 */
export const tap: Method = {
  name: 'tap',
  summary: 'Every layer is quantized: how far each layer’s own output is from the float model’s on the same picture.',
  at: 'layer',
  baseline: undefined,
  runs: (_, widths) => Array.from({ length: widths + 1 }, () => 0),
  async run(job) {
    const { cuts, rows, deps, variants } = job;
    const groups = groupsOf(job);
    const feed = pictureFeeder(cuts.model);
    const sessions: Session[] = [];
    try {
      for (const at of [[], ...variants.map((variant) => [...variant.values()])]) sessions.push(await open(job, at));
      for await (const chunk of job.chunks) {
        for (const sample of chunk) {
          for (const group of groups) {
            throwIfCancelled(deps.context.signal);
            const values = group.map(({ value }) => value);
            const [float, ...quantized] = await runAll(sessions, feed(sample), values);
            group.forEach(({ layer, value }) => {
              quantized.forEach((found, width) => {
                const row = rowOf(job, sample, { [value]: float![value]! }, { [value]: found[value]! });
                rows.layers[width]![layer]!.push(row);
              });
            });
          }
          rows.samples.push(sample.index);
          for (let i = 0; i < sessions.length; i++) job.ran(0);
        }
      }
    } finally {
      for (const session of sessions) await session.dispose();
    }
  },
};

async function runAll(sessions: readonly Session[], feeds: Parameters<Session['run']>[0], values: readonly string[]) {
  const results: Awaited<ReturnType<Session['run']>>[] = [];
  for (const session of sessions) results.push(await session.run(feeds, values));
  return results;
}

/** The plan's model with some layers quantized and every layer's output among its outputs. */
function open({ cuts, layers, deps }: MethodJob, variants: readonly LayerVariant[]): Promise<Session> {
  const model = cloneModel(cuts.model);
  const { graph } = model;
  const tapped = layers.map(({ node }) => node.outputs[0]!).filter((value) => !graph.isOutput(value));
  graph.outputs = [...graph.outputs, ...tapped.map((name) => ({ name }))];
  writeVariants(model, variants);
  // Else ONNX Runtime would round the float weights between quantized values itself, to 8 bits.
  return deps.runtime.load(encodeModel(model), { optimize: 'all', keepQdq: true, threads: deps.context.threads });
}

/** Layers' outputs in sets that may be fetched at once. */
function groupsOf({ plan, layers }: MethodJob): { layer: number; value: string }[][] {
  const shapes = plan.shapes.forOnePicture(plan.model);
  const groups: { layer: number; value: string }[][] = [];
  let room = 0;
  layers.forEach(({ node }, layer) => {
    const value = node.outputs[0]!;
    const { shape, type } = shapes.of(value) ?? {};
    const known = shape?.every((dim) => typeof dim === 'number') ? shape.reduce((product, dim) => product * dim, 1) : undefined;
    const bytes = known === undefined ? unknownBytes : (known * (dataTypeBits(type ?? 0) ?? 32)) / 8;
    if (bytes > room || groups.length === 0) {
      groups.push([]);
      room = groupBytes;
    }
    groups.at(-1)!.push({ layer, value });
    room -= bytes;
  });
  return groups;
}
