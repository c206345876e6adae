import type { Node } from '../../../onnx/graph.ts';
import type { Tensor } from '../../../onnx/tensor.ts';
import type { Attributes } from '../../../ops/gradient/rule.ts';
import type { Fused } from './followers.ts';
import { blockedDomain, type Forms } from './forms.ts';

/** Writes one operator with blocked tensors. Returns false where it can't: the node then stays as it is. */
export type BlockedRule = (site: BlockedSite) => boolean;

/** A node that may be written in blocked form. */
export class BlockedSite {
  /** Plain values that take the place of outputs. */
  readonly plain: (string | undefined)[] = [];

  constructor(
    readonly forms: Forms,
    readonly node: Node,
    private readonly memo: Map<string, unknown>,
  ) {}

  /** The same at another node, to emit nodes there. */
  at(node: Node): BlockedSite {
    return new BlockedSite(this.forms, node, this.memo);
  }

  get block(): number {
    return this.forms.block;
  }

  input(index: number): string {
    return this.node.inputs[index] ?? '';
  }

  inputShape(index: number): readonly number[] {
    return this.forms.shapeOf(this.input(index));
  }

  ints(name: string): readonly number[] {
    return this.node.ints(name) ?? [];
  }

  blocked(index: number): string {
    return this.forms.blockedOf(this.input(index), this.node);
  }

  /** An input without its factors by channel, which the caller takes into account. */
  unscaled(index: number): { readonly value: string; readonly factor?: string } {
    return this.forms.unscaled(this.input(index), this.node);
  }

  padded(channels: number): number {
    return this.forms.padded(channels);
  }

  emit(op: string, inputs: readonly string[], values: Attributes = {}): string {
    return this.forms.emit(this.node, op, inputs, values);
  }

  /** One of ONNX Runtime's blocked operators. */
  blockedOp(op: string, inputs: readonly string[], values: Attributes = {}): string {
    return this.forms.emit(this.node, op, inputs, values, blockedDomain);
  }

  /** Convolution of blocked tensors with all attributes that the operator insists on. */
  conv(inputs: readonly string[], kernel: readonly number[], group: number, values: Attributes = {}): string {
    const unit = kernel.map(() => 1);
    const attributes = {
      kernel_shape: kernel,
      strides: unit,
      dilations: unit,
      pads: [...kernel, ...kernel].map(() => 0),
      group,
      ...values,
    };
    return this.blockedOp('Conv', inputs, attributes);
  }

  /** a·x + b for each channel, plus a summand, through an activation: a depthwise 1×1 convolution. `a`, `b`: [Cp]. */
  affine(x: string, channels: number, a: string, b: string, { sum, activation }: Fused = {}): string {
    const inputs = [x, this.reshape(a, [channels, 1, 1, 1]), b, ...(sum === undefined ? [] : [sum])];
    return this.conv(inputs, [1, 1], channels, activation);
  }

  reshape(value: string, shape: readonly number[]): string {
    return this.emit('Reshape', [value, this.forms.indices(shape)]);
  }

  transpose(value: string, perm: readonly number[]): string {
    return this.emit('Transpose', [value], { perm });
  }

  number(value: number): string {
    return this.forms.number(value);
  }

  indices(values: readonly number[]): string {
    return this.forms.indices(values);
  }

  store(tensor: Tensor): string {
    return this.forms.store(tensor);
  }

  /** What another node of the graph made under this key. */
  once<Value>(key: string, make: () => Value): Value {
    const known = this.memo.get(key) as Value | undefined;
    if (known !== undefined) return known;
    const value = make();
    this.memo.set(key, value);
    return value;
  }

  /** A result that is no picture. */
  donePlain(value: string, output = 0): true {
    this.plain[output] = value;
    return true;
  }

  /** The node's result in blocked form. */
  done(blocked: string, output = 0): true {
    this.forms.made(this.node.outputs[output]!, blocked);
    return true;
  }
}
