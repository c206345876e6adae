import { attributes, type Model, Node } from '../../../onnx/graph.ts';
import { Tensor } from '../../../onnx/tensor.ts';
import type { Attributes } from '../../../ops/gradient/rule.ts';
import type { Shapes } from '../../../ops/infer.ts';

/** ONNX Runtime's own operators on blocked tensors (nchwc_ops in its source); on x64 only, and not a stable interface: probed before use. */
export const blockedDomain = 'com.microsoft.nchwc';

/**
 * Which form each value of a graph has. A picture [N, C, H, W] in blocked form lies in memory as [N, C/B, H, W, B] under the declared shape [N, Cp, H, W]
 * with Cp = C rounded up to the block B; channels beyond C are zero. Elementwise operators need not know. A value may have both forms.
 */
export class Forms {
  readonly #blocked = new Map<string, string>();
  /** Values that exist in blocked form only. */
  readonly #absent = new Set<string>();
  /** How values of the forward pass are made a second time, and what was made of them. */
  readonly #again = new Map<string, (place: Node) => string>();
  readonly #copies = new Map<string, string>();
  readonly #nonNegative = new Set<string>();
  /** Values whose blocked form must still be multiplied by a factor for each channel, [Cp]. */
  readonly #factors = new Map<string, string>();

  constructor(
    readonly model: Model,
    private readonly shapes: Shapes,
    readonly block: number,
    /** Nodes that read values of the forward pass late. */
    private readonly isLate: (node: Node) => boolean = () => false,
  ) {}

  shapeOf(value: string): readonly number[] {
    return (this.shapes.of(value)?.shape ?? []).map(Number);
  }

  padded(channels: number): number {
    return Math.ceil(channels / this.block) * this.block;
  }

  /** [N, Cp, H, W] */
  blockedShape(value: string): readonly number[] {
    const [n, channels, ...size] = this.shapeOf(value) as [number, number, ...number[]];
    return [n, this.padded(channels), ...size];
  }

  isBlocked(value: string): boolean {
    return this.#blocked.has(value);
  }

  /** A value is now there in blocked form only; with a factor for each channel, [Cp], that is not in it yet. */
  made(value: string, blocked: string, factor?: string): void {
    this.#blocked.set(value, blocked);
    this.#absent.add(value);
    if (factor !== undefined) this.#factors.set(value, factor);
  }

  /** An activation has left nothing below zero. */
  markNonNegative(value: string): void {
    this.#nonNegative.add(value);
  }

  isNonNegative(value: string): boolean {
    return this.#nonNegative.has(value);
  }

  /** The backward pass gets a copy of this value, made by `make` when it comes to it: the first one need not be kept until then. */
  makeAgain(value: string, make: (place: Node) => string): void {
    this.#again.set(value, make);
  }

  #copyOf(value: string, place: Node): string | undefined {
    const make = this.isLate(place) ? this.#again.get(value) : undefined;
    if (!make) return undefined;
    const copy = this.#copies.get(value) ?? make(place);
    this.#copies.set(value, copy);
    return copy;
  }

  /** A value's blocked form as it is, and what it must still be multiplied by. */
  unscaled(value: string, place: Node): { readonly value: string; readonly factor?: string } {
    const factor = this.#factors.get(value);
    return factor === undefined ? { value: this.blockedOf(value, place) } : { value: this.#blocked.get(value)!, factor };
  }

  /** A value's blocked form; made from the plain one before `place` where it is not there. */
  blockedOf(value: string, place: Node): string {
    const known = this.#copyOf(value, place) ?? this.#blocked.get(value);
    if (known !== undefined) return this.#factors.has(value) ? this.#multiplied(value, place) : known;
    const [, channels] = this.shapeOf(value) as [number, number];
    // ReorderInput takes channels in fours and fills the last block with zeros.
    const fours = Math.ceil(channels / 4) * 4;
    const input = fours === channels ? value : this.padChannels(value, fours, place);
    const blocked = this.emit(place, 'ReorderInput', [input], {}, blockedDomain);
    this.#blocked.set(value, blocked);
    return blocked;
  }

  #multiplied(value: string, place: Node | undefined): string {
    const channels = this.blockedShape(value)[1]!;
    const filter = this.emit(place, 'Reshape', [this.#factors.get(value)!, this.indices([channels, 1, 1, 1])]);
    const unit = { kernel_shape: [1, 1], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], group: channels };
    const whole = this.emit(place, 'Conv', [this.#blocked.get(value)!, filter], unit, blockedDomain);
    this.#factors.delete(value);
    this.#blocked.set(value, whole);
    return whole;
  }

  /** The plain form under the value's own name, made before `place` (at the end) where it is not there. */
  plain(value: string, place?: Node): void {
    if (!this.#absent.delete(value)) return;
    const [, channels] = this.shapeOf(value) as [number, number];
    const { graph } = this.model;
    const values = { channels, channels_last: 0 };
    const blocked = this.#factors.has(value) ? this.#multiplied(value, place) : this.#blocked.get(value)!;
    graph.add(new Node(value, 'ReorderOutput', [blocked], [value], attributes(values), blockedDomain), place ? { before: place } : {});
  }

  /** Zeros behind the channels of [N, C, …] or [C, …]. */
  padChannels(value: string, to: number, place: Node, axis = 1, rank = 4): string {
    const pads = Array<number>(2 * rank).fill(0);
    pads[rank + axis] = to - this.shapeOf(value)[axis]!;
    return this.emit(place, 'Pad', [value, this.indices(pads), this.number(0)]);
  }

  /** A node before `place`, or at the end. */
  emit(place: Node | undefined, op: string, inputs: readonly string[], values: Attributes = {}, domain = ''): string {
    const { graph } = this.model;
    const name = graph.uniqueName(`${place?.label ?? 'end'}/${op}`);
    graph.add(new Node(name, op, inputs, [name], attributes(values), domain), place ? { before: place } : {});
    return name;
  }

  number(value: number): string {
    return this.store(Tensor.float32([], [value]));
  }

  indices(values: readonly number[]): string {
    return this.store(Tensor.int64([values.length], values));
  }

  store(tensor: Tensor): string {
    const name = this.model.graph.uniqueName('blocked/constant');
    this.model.graph.initializers.set(name, tensor);
    return name;
  }
}
