import { memoryCheckpoints, scopedCheckpoints } from '../base/checkpoint.ts';
import type { Context } from '../base/context.ts';
import { canonicalJson } from '../base/json.ts';
import { cloneModel } from '../onnx/clone.ts';
import type { Model } from '../onnx/graph.ts';
import type { StaticPlan } from '../quantize/plan.ts';
import { planStatic, quantizeStatic } from '../quantize/static.ts';
import type { QuantizeSettings } from '../quantize/step.ts';
import type { LayerSettings, QuantizeDependencies, QuantizeRequest, QuantizeResult } from '../quantize/types.ts';

/** One way to quantize: what differs from the base. Plain data. */
export interface Variant {
  readonly settings: Partial<QuantizeSettings>;
  /** By layer name, over the base's own. */
  readonly layers: Readonly<Record<string, LayerSettings>>;
}

/** Settings that only say how what was gathered is used, and under which no picture need be looked at again. */
const usesOnly: ReadonlySet<string> = new Set([
  'weights', 'round', 'weight-range', 'weight-type', 'symmetric-weights', 'storage', 'calibrate', 'percentile',
] satisfies (keyof QuantizeSettings | 'percentile')[]); // prettier-ignore

/** Rewrites that change ranges by what a layer's neighbours may change: they depend on which layers stay float. */
const rewriting = ['equalize', 'absorb-bias', 'migrate'] as const;

/**
 * Quantized copies of one float model. What calibration saw is kept, and shared by variants that look at the same values of the same
 * model: memory grows with the kinds of statistics asked for, not with variants or pictures.
 */
export class Variants {
  readonly #seen = memoryCheckpoints();

  constructor(
    /** Float, as it came; not changed. */
    private readonly model: Model,
    private readonly base: QuantizeRequest,
    private readonly deps: QuantizeDependencies,
  ) {}

  request({ settings, layers }: Variant): QuantizeRequest {
    const merged: Record<string, LayerSettings> = { ...this.base.layers };
    for (const [name, own] of Object.entries(layers)) merged[name] = { ...merged[name], ...own };
    return { ...this.base, settings: { ...this.base.settings, ...settings }, layers: merged };
  }

  /** A model of its own. Throws what `quantizeStatic` throws. */
  quantized(variant: Variant, context: Context): Promise<QuantizeResult> {
    const request = this.request(variant);
    return quantizeStatic(cloneModel(this.model), request, this.#dependencies(request, context));
  }

  /** Everything up to rounding, on a model of its own. Throws what `planStatic` throws. */
  plan(variant: Variant, context: Context): Promise<StaticPlan> {
    const request = this.request(variant);
    return planStatic(cloneModel(this.model), request, this.#dependencies(request, context));
  }

  #dependencies(request: QuantizeRequest, context: Context): QuantizeDependencies {
    const { settings, layers } = request;
    const moves = rewriting.some((key) => settings[key]);
    const scope = moves ? { settings, layers } : Object.entries(settings).filter(([key]) => !usesOnly.has(key));
    return { ...this.deps, context, checkpoints: scopedCheckpoints(this.#seen, canonicalJson(scope)) };
  }
}
