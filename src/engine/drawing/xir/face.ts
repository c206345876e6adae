import type { XirAttributes, XirOp } from '../../xir/graph.ts';
import { fixOf, type StoredOperand } from '../../xir/stored.ts';

/** Width and height, or undefined: pairs are [w, h]. */
function pair(attributes: XirAttributes, name: string): readonly [width: number, height: number] | undefined {
  const found = attributes.get(name);
  return found?.kind === 'int32_vec' && found.value.length === 2 ? [found.value[0]!, found.value[1]!] : undefined;
}

const square = ([width, height]: readonly [number, number]): string => (width === height ? String(width) : `${height}×${width}`);
const clip = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** Lines of a node's box: the window, the activation in it, what it rounds to, its weights. */
export function faceOfXir(op: XirOp, stored: (name: string) => StoredOperand | undefined): string[] {
  const { attributes } = op;
  const kernel = pair(attributes, 'kernel');
  const [stride, dilation, group] = [pair(attributes, 'stride'), pair(attributes, 'dilation'), attributes.get('group')];
  const weights = stored(op.inputs.get('weights')?.[0] ?? op.inputs.get('input')?.[1] ?? '')?.constant.tensor.shape;
  const activation = attributes.get('nonlinear');
  const type = attributes.get('type');
  const axis = attributes.get('axis');
  const fix = fixOf(op);
  return [
    kernel ? [`${kernel[1]}×${kernel[0]}`, unless(stride, 'stride'), unless(dilation, 'dilation')].filter(Boolean).join(', ') : '',
    group?.kind === 'int32' && group.value > 1 ? `groups ${group.value}` : '',
    type?.kind === 'string' ? clip(type.value.toLowerCase()) : '',
    activation?.kind === 'string' && activation.value !== 'NONE' ? `then ${clip(activation.value)}` : '',
    axis?.kind === 'int32' ? `axis ${axis.value}` : '',
    weights && op.inputs.size > 0 ? `W ${weights.slice(0, 8).join('×') || 'scalar'}` : '',
    fix.position === undefined ? '' : `fix ${fix.position}${fix.bits === undefined || fix.bits === 8 ? '' : `, ${fix.bits} bits`}`,
  ].filter(Boolean);
}

const unless = (sizes: readonly [number, number] | undefined, word: string): string =>
  sizes && (sizes[0] !== 1 || sizes[1] !== 1) ? `${word} ${square(sizes)}` : '';
