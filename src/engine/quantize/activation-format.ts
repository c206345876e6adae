import { DataType } from '../onnx/data-type.ts';
import type { Model } from '../onnx/graph.ts';
import { findOperator } from '../ops/index.ts';
import type { IntegerNode, Placement } from './placement.ts';
import { grid, type Grid } from './scheme.ts';
import type { QuantizeSettings } from './step.ts';

/** How a value between layers becomes integers; its range is not decided yet. */
export interface ActivationFormat {
  /** 2 to 8, or 16. */
  readonly bits: number;
  readonly grid: Grid;
  /** The zero point is the grid's middle. */
  readonly symmetric: boolean;
  /** The scale is 2^-n. */
  readonly powerOfTwo: boolean;
}

/** What a value keeps whatever the layers ask for: inputs, outputs and what no layer with weights reads. */
const leastUnread = 8;

/**
 * The format of each placed value. Its width is the widest that a layer with weights asks for of those that read it (`activations` is the
 * width of what a layer reads), directly or through nodes that only move or join elements. Inputs and outputs of the graph, values that
 * no such layer reads (what goes into an Add, logits) and values that a layer reads in float keep at least 8 bits.
 */
export function activationFormats(model: Model, placement: Placement, settings: QuantizeSettings): ReadonlyMap<string, ActivationFormat> {
  const widths = new Widths(model, placement, settings);
  const byBits = new Map<number, ActivationFormat>();
  return new Map(
    placement.values.map((value) => {
      const bits = widths.of(value);
      const format = byBits.get(bits) ?? activationFormat(bits, settings);
      byBits.set(bits, format);
      return [value, format];
    }),
  );
}

/** The format of `bits` bits (2 to 8, or 16) under the step's settings. */
export function activationFormat(bits: number, settings: QuantizeSettings): ActivationFormat {
  const { symmetric } = settings;
  const signed = settings['activation-type'] === 'int8';
  const type = bits > 8 ? (signed ? DataType.int16 : DataType.uint16) : signed ? DataType.int8 : DataType.uint8;
  return { bits, grid: grid(type, bits, symmetric), symmetric, powerOfTwo: settings.scales === 'power-of-two' };
}

class Widths {
  readonly #widths = new Map<string, number>();

  constructor(
    readonly model: Model,
    readonly placement: Placement,
    settings: QuantizeSettings,
  ) {
    const floor = typeof settings.activations === 'number' ? Math.max(leastUnread, settings.activations) : leastUnread;
    const asked = this.#asked();
    const { graph } = model;
    // What only a Concat reads has no need of its own: the node's result says what is enough.
    const joined = new Map<string, string[]>();
    for (const { node, kind, inputs, output } of placement.integerNodes) {
      if (kind !== 'joined') continue;
      for (const index of inputs) joined.set(node.inputs[index]!, [...(joined.get(node.inputs[index]!) ?? []), output]);
    }
    const sets = [...placement.tied];
    const listed = new Set(sets.flat());
    for (const value of placement.values) if (!listed.has(value)) sets.push([value]);
    // Values from the end to the beginning: a join's result is settled before its operands, but for joins of joins through ties.
    for (let changed = true; changed;) {
      changed = false;
      for (const set of sets) {
        const needs = set.flatMap((value) => asked.get(value) ?? []);
        const through = set.flatMap((value) => joined.get(value) ?? []).map((output) => this.#widths.get(output));
        if (set.some((value) => graph.isInput(value) || graph.isOutput(value))) needs.push(floor);
        const known = [...needs, ...through.filter((bits) => bits !== undefined)];
        const bits = known.length ? Math.max(...known) : through.length ? undefined : floor;
        if (bits === undefined || this.#widths.get(set[0]!) === bits) continue;
        for (const value of set) this.#widths.set(value, bits);
        changed = true;
      }
    }
  }

  of(value: string): number {
    return this.#widths.get(value)!;
  }

  /** By value: the widths that layers with weights ask for; 8 for one that reads it in float. */
  #asked(): Map<string, number[]> {
    const { placement, model } = this;
    const integer = new Map<unknown, IntegerNode>(placement.integerNodes.map((node) => [node.node, node]));
    const asked = new Map<string, number[]>();
    for (const value of placement.values) {
      for (const { node } of model.graph.users(value)) {
        const reader = integer.get(node);
        const bits = reader?.compute?.settings.activations;
        const inFloat = !reader && placement.made.has(value) && findOperator(node, model)?.quantize?.kind === 'compute';
        if (typeof bits === 'number') asked.set(value, [...(asked.get(value) ?? []), bits]);
        else if (inFloat) asked.set(value, [...(asked.get(value) ?? []), leastUnread]);
      }
    }
    return asked;
  }
}
