import { fewChannels, kindOf } from './conv.ts';
import { depthwiseTaps, turnedFilter } from './filter.ts';
import type { BlockedRule, BlockedSite } from './site.ts';

/**
 * dX from dY. At stride 1 the convolution of dY with the turned filter. At stride s every s-th row and column of dX comes from the same places of the
 * kernel ("sub-pixel": Shi et al. 2016, arXiv:1609.07009): a convolution for each of the s² phases, whose results are put side by side. A kernel of one
 * place: zeros between. What else there is (dilated strides, kernels smaller than the stride) stays with ConvTranspose.
 */
export const convInputGradient: BlockedRule = (site) => {
  const kind = kindOf(site, site.inputShape(1));
  const [kernel, strides, dilations, pads, shape] = ['kernel_shape', 'strides', 'dilations', 'pads', 'shape'].map((name) =>
    site.ints(name),
  );
  if (!kind || fewChannels(site, shape![1]!)) return false;
  const axes = [0, 1].map((axis) => ({
    kernel: kernel![axis]!,
    stride: strides![axis]!,
    dilation: dilations![axis]!,
    begin: pads![axis]!,
    from: site.inputShape(0)[axis + 2]!,
    to: shape![axis + 2]!,
  }));
  const [rows, columns] = axes.map(phasesOf);
  if (!rows || !columns) return false;
  // A factor that waits for the filter costs a pass over the weights: only where they are fewer than the activations.
  const elements = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);
  if (kind === 'dense' && elements(site.inputShape(1)) > elements(site.inputShape(0))) site.blocked(0);
  const run = (row: Phase, column: Phase): string => phase(site, kind, row, column, kernel![1]!);
  if (rows.length === 1 && columns.length === 1 && axes.every(({ stride }) => stride === 1)) return site.done(run(rows[0]!, columns[0]!));
  return site.done(sideBySide(site, axes as [Axis, Axis], rows.map((row) => columns.map((column) => run(row, column))), [rows, columns])); // prettier-ignore
};

interface Axis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  /** Size of dY. */
  readonly from: number;
  /** Size of dX. */
  readonly to: number;
}

/** Rows (columns) of dX at `at`, `at` + stride, …: a convolution along this axis with these places of the kernel. */
interface Phase {
  readonly at: number;
  readonly taps: readonly number[];
  readonly dilation: number;
  readonly pads: readonly [begin: number, end: number];
}

/** dX[s·q + r] = Σ dY[q + (r + begin − d·t) / s] · W[t] over the t for which that is a whole number. */
function phasesOf({ kernel, stride, dilation, begin, from, to }: Axis): readonly Phase[] | undefined {
  if (stride > 1 && dilation > 1) return undefined;
  const places = Math.ceil(to / stride);
  const phases: Phase[] = [];
  for (let at = 0; at < stride; at++) {
    const taps = Array.from({ length: kernel }, (_, i) => kernel - 1 - i).filter((tap) => (at + begin - dilation * tap) % stride === 0);
    if (taps.length === 0) continue;
    const offset = (tap: number): number => (at + begin - dilation * tap) / stride;
    const [first, last] = [offset(taps[0]!), offset(taps.at(-1)!)];
    const pads = [-first, places - 1 + last - (from - 1)] as const;
    if (pads[0] < 0 || pads[1] < 0) return undefined;
    phases.push({ at, taps, dilation, pads });
  }
  return phases.length === stride || phases.length === 1 ? phases : undefined;
}

function phase(site: BlockedSite, kind: 'dense' | 'depthwise', row: Phase, column: Phase, width: number): string {
  const taps = row.taps.flatMap((y) => column.taps.map((x) => y * width + x));
  const size = [row.taps.length, column.taps.length];
  const values = { dilations: [row.dilation, column.dilation], pads: [row.pads[0], column.pads[0], row.pads[1], column.pads[1]] };
  const { value, factor } = site.unscaled(0);
  const make = kind === 'dense' ? turnedFilter : depthwiseTaps;
  const weight = make(site, site.input(1), { taps, size, ...(factor === undefined ? {} : { factor }) });
  return site.conv([value, weight], size, kind === 'dense' ? 1 : site.padded(site.inputShape(1)[0]!), values);
}

/** Phases to one picture: columns beside each other, rows below each other, zeros where no place of the kernel reaches; cut where the size is no multiple. */
function sideBySide(
  site: BlockedSite,
  axes: readonly [Axis, Axis],
  parts: readonly (readonly string[])[],
  phases: readonly (readonly Phase[])[],
): string {
  const [n, , height, width] = site.ints('shape') as [number, number, number, number];
  const channels = site.padded(site.ints('shape')[1]!);
  const { block } = site;
  const [sy, sx] = axes.map(({ stride }) => stride) as [number, number];
  const [rows, columns] = [Math.ceil(height / sy), Math.ceil(width / sx)];
  const outer = (n * channels) / block;
  const lines = parts.map((line) => join(site, line, [outer * rows, columns, 1, block], 2, sx, phases[1]!));
  const whole = join(site, lines, [outer, rows, 1, columns * sx * block], 2, sy, phases[0]!);
  if (rows * sy === height && columns * sx === width) return site.reshape(whole, [n, channels, height, width]);
  const all = site.reshape(whole, [outer, rows * sy, columns * sx, block]);
  const cut = site.emit('Slice', [all, site.indices([0, 0]), site.indices([height, width]), site.indices([1, 2])]);
  return site.reshape(cut, [n, channels, height, width]);
}

function join(
  site: BlockedSite,
  parts: readonly string[],
  view: readonly number[],
  axis: number,
  stride: number,
  phases: readonly Phase[],
): string {
  const viewed = parts.map((part) => site.reshape(part, view));
  if (viewed.length > 1) return site.emit('Concat', viewed, { axis });
  if (stride === 1) return viewed[0]!;
  const pads = Array<number>(2 * view.length).fill(0);
  [pads[axis], pads[axis + view.length]] = [phases[0]!.at, stride - 1 - phases[0]!.at];
  return site.emit('Pad', [viewed[0]!, site.indices(pads), site.number(0)]);
}
