import type { DataTypeName } from '../onnx/data-type.ts';

/** What a target says about one key of a step. */
export interface SettingLimit {
  /** Stands between the recipe's value and the declaration's default (recipe.md, "Precedence"). */
  readonly default?: unknown;
  /** The only values that work there. Absent: all of the declaration's. */
  readonly allowed?: readonly unknown[];
  /** Completes "zcu104 takes only …: "; one clause. */
  readonly reason?: string;
}

/**
 * What a target can run, as plain data: no code, no other import than types. The quantizer, the recipe's checks and the
 * language server read it. Verdicts per node, export and tools stand beside it in the target's folder.
 */
export interface TargetLimits {
  /** As in the recipe's `target`. */
  readonly name: string;
  /** For people: "CPU, any". */
  readonly title: string;
  /** One sentence. */
  readonly summary: string;
  readonly sources: readonly string[];
  /** Element types that its integer kernels multiply, the preferred one first. */
  readonly weightTypes: readonly DataTypeName[];
  readonly activationTypes: readonly DataTypeName[];
  /** `float32`: biases are stored as numbers, on the steps of the sum that they are added to. */
  readonly biasType: DataTypeName;
  /**
   * `pairs-int16`: on some machines of this target u8 × s8 products are added in pairs in saturating 16 bits (vpmaddubsw), so
   * full-range int8 weights can give wrong sums; 7-bit or uint8 weights cannot. `none`: sums are exact in 32 bits.
   */
  readonly saturation: 'pairs-int16' | 'none';
  /** Bits of a stored bias, where they are fewer than `biasType` has. */
  readonly biasBits?: number;
  /**
   * The target rescales by shifts alone and rounds half up: one power of two a tensor, zero point 0. `dpu`: constants, fused operators and
   * ranges of shifts must be what zcu104/ says; `esp-dl`: what esp32s3/ says.
   */
  readonly fixPositions?: 'dpu' | 'esp-dl';
  /** By operator: activations computed in the same pass and rounded once behind both, where a table tells it. */
  readonly fused?: Readonly<Record<string, readonly string[]>>;
  /** Channel counts that are not a multiple of this waste the rest. 1: no such unit. */
  readonly channelMultiple: number;
  /** Operators with an integer kernel, `op` or `domain::op`. Others run in float (CPU) or off the accelerator (boards). */
  readonly integerOperators: readonly string[];
  /** By step, then by key of its declaration. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, SettingLimit>>>>;
}
