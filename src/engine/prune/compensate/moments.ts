import type { LayerSample } from '../../statistics/layer-sample.ts';
import { MomentProbe } from '../../statistics/moment-probe.ts';
import { SecondMoment } from '../../statistics/second-moment.ts';
import type { Product } from './product.ts';
import type { CompensationDependencies } from './types.ts';

/** Positions of a layer's output that are looked at: in all pictures, and at least in each. */
const positionsInAll = 40_000;
const positionsEach = 64;

/** How far later pictures may go beyond the first one: decides the resolution of the sums only. */
const headroom = 16;

/** One picture of so many is held out, to compare solutions on. */
const heldOutEvery = 5;

/** Parts of the pictures whose moments are kept apart. */
export const [fittedPart, heldOutPart] = [0, 1];

export const partOf = (picture: number): number => (picture % heldOutEvery === heldOutEvery - 1 ? heldOutPart : fittedPart);

/**
 * Second moments of what a layer reads and should give, of several parts of the pictures apart, which can be merged. Memory: 8 * groups * depth *
 * (depth + outputs) bytes for each part, and the picked rows of some pictures.
 */
export class LayerMoments {
  readonly #parts = new Map<number, { readonly moment: SecondMoment; readonly probe: MomentProbe }>();
  #reach: { readonly input: number; readonly target: number } | undefined;

  constructor(
    readonly product: Product,
    readonly dependencies: CompensationDependencies,
  ) {}

  async add(sample: LayerSample, index: number, part = 0): Promise<void> {
    this.#reach ??= { input: headroom * largest([sample.input]), target: headroom * largest(sample.target) };
    let own = this.#parts.get(part);
    if (!own) {
      const { runtime, context } = this.dependencies;
      const { node, dims, shape } = this.product;
      const moment = new SecondMoment(shape, this.#reach);
      const positions = positionsOf(this.dependencies);
      own = { moment, probe: new MomentProbe({ node, dims, moment, positions, runtime, context }) };
      this.#parts.set(part, own);
    }
    await own.probe.add(sample, index);
  }

  /** undefined: no picture, or none that gave finite numbers. */
  async finish(part = 0): Promise<SecondMoment | undefined> {
    const own = this.#parts.get(part);
    await own?.probe.finish();
    return own && own.moment.pictures > 0 ? own.moment : undefined;
  }

  async dispose(): Promise<void> {
    for (const { probe } of this.#parts.values()) await probe.dispose();
    this.#parts.clear();
  }
}

/** Positions of a layer's output that are looked at in one picture. */
export const positionsOf = ({ dataset }: CompensationDependencies): number =>
  Math.max(positionsEach, Math.ceil(positionsInAll / Math.max(1, dataset.samples.length)));

/** What the moments of a layer take, in bytes. */
export const momentBytes = ({ shape: { groups, depth, outputs } }: Product): number => 8 * groups * depth * (depth + outputs);

/** 1 where the first picture gives nothing but zeros. */
function largest(terms: LayerSample['target']): number {
  let most = 0;
  for (const { tensor } of terms) for (const value of tensor.data as Float32Array) most = Math.max(most, Math.abs(value));
  return Number.isFinite(most) && most > 0 ? most : 1;
}
