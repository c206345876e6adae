import type { Node } from '../../../onnx/graph.ts';
import type { BlockedSite } from './site.ts';

/** What a blocked convolution does in the same pass: adds a residual, then an activation. */
export interface Fused {
  readonly sum?: string;
  readonly activation?: Parameters<BlockedSite['emit']>[2];
}

/**
 * What follows a node and can be computed in its pass: [+ residual] [→ Relu or Clip], as long as nobody reads what lies between. Those nodes are
 * removed; `result` is the value that the pass makes instead.
 */
export function followers(site: BlockedSite): { readonly result: string; readonly fused: Fused } {
  const { graph } = site.forms.model;
  const only = (value: string): Node | undefined => {
    const users = graph.users(value);
    const [user] = users;
    return user && users.length === 1 && user.node.domain === '' && !graph.isOutput(value) ? user.node : undefined;
  };
  let result = site.node.outputs[0]!;
  let sum: string | undefined;
  const add = only(result);
  if (add?.op === 'Add') {
    const other = add.inputs[0] === result ? add.inputs[1]! : add.inputs[0]!;
    // The residual must be there already, and of the same shape.
    if (site.forms.isBlocked(other) && site.forms.shapeOf(other).join() === site.forms.shapeOf(result).join()) {
      sum = site.forms.blockedOf(other, site.node);
      result = add.outputs[0]!;
      graph.remove(add);
    }
  }
  const next = only(result);
  const activation = next && activationOf(site, next);
  if (next && activation) {
    result = next.outputs[0]!;
    graph.remove(next);
    if (activation.activation === 'Relu' || lowest(activation) === 0) site.forms.markNonNegative(result);
  }
  return { result, fused: { ...(sum === undefined ? {} : { sum }), ...(activation ? { activation } : {}) } };
}

function lowest({ activation_params: bounds }: NonNullable<Fused['activation']>): number | undefined {
  return typeof bounds === 'object' && 'kind' in bounds && bounds.kind === 'floats' ? bounds.value[0] : undefined;
}

/** Channels behind the model's are zero and must stay so: a Clip whose range is without zero is not taken. */
function activationOf(site: BlockedSite, node: Node): Fused['activation'] {
  if (node.op === 'Relu') return { activation: 'Relu' };
  if (node.op !== 'Clip' || node.outputs.length !== 1) return undefined;
  const bound = (index: number, absent: number): number => {
    const name = node.inputs[index] ?? '';
    if (name === '') return absent;
    const tensor = site.forms.model.graph.constant(name);
    return tensor?.isLoaded && tensor.size === 1 ? Number(tensor.typed()[0]) : NaN;
  };
  const largest = 3.4028234663852886e38; // of float32
  const [low, high] = [bound(1, -largest), bound(2, largest)];
  if (!(low <= 0 && high >= 0)) return undefined;
  return { activation: 'Clip', activation_params: { kind: 'floats', value: [low, high].map(Math.fround) } };
}
