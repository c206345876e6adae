import type { Model, Node } from '../../onnx/graph.ts';
import type { AtomUse } from '../../ops/channels/atoms.ts';
import type { Followed } from './follow.ts';
import type { CutAxis } from './settle.ts';
import type { ChannelPlaces, Coupling, CouplingGroup, KeptGroup, Slice } from './types.ts';

/** Classes that have places on the same axes. */
interface Family {
  readonly classes: number[];
  /** Indices of these axes. */
  readonly axes: readonly number[];
}

/** Groups of classes that lie on the same axes of the same values: alike in all that matters to who chooses among them. */
export function collectGroups(model: Model, followed: Followed, axes: readonly CutAxis[]): Coupling {
  const order = new Map(model.graph.topologicalOrder().map((node, index) => [node, index]));
  const uses = axes.map((axis) => usesOf(followed, axis));
  const stored = new Set(axes.flatMap(({ value }, index) => (model.graph.constant(value) ? [uses[index]!] : [])));
  const isMade = ({ axes: own }: Family): boolean => own.some((index) => uses[index]!.some(({ role }) => role === 'produces'));
  const build = familiesOf(axes)
    .filter(isMade)
    .map((family) => new GroupBuilder(model, followed, axes, uses, stored, order, family));
  const made = build.sort((a, b) => a.place - b.place || a.classes[0]! - b.classes[0]!);
  const names = new Map<string, number>();
  const groups: CouplingGroup[] = [];
  const kept: KeptGroup[] = [];
  for (const family of made) {
    const label = family.makers[0]!.label;
    const count = (names.get(label) ?? 0) + 1;
    names.set(label, count);
    const name = count === 1 ? label : `${label}:${count}`;
    const { free, pinned } = family.parted();
    if (free.length > 1) groups.push(family.group(name, free));
    else if (free.length) {
      const channels = family.width(free[0]!);
      const reason = channels > 1 ? `is tied so that all ${channels} can only go together` : 'is a single channel';
      kept.push({ name, channels, makers: family.makers, reason });
    }
    for (const [index, [reason, { node, count: channels }]] of [...pinned].entries()) {
      const suffix = free.length || index ? `:kept${index ? index + 1 : ''}` : '';
      kept.push({ name: `${name}${suffix}`, channels, makers: family.makers, reason, ...(node && { node }) });
    }
  }
  return { groups, kept, axes };
}

/** What layers do with an axis of a constant; values that are computed while the model runs only carry channels. */
const usesOf = ({ atoms, constants }: Followed, { value, atoms: own }: CutAxis): readonly AtomUse[] =>
  own.length && constants.has(value) ? atoms.usesOf(own[0]!) : [];

/** Classes by the set of axes on which they have places, in the order in which they come. */
function familiesOf(axes: readonly CutAxis[]): Family[] {
  const touched = new Map<number, number[]>();
  axes.forEach(({ classes }, index) => {
    for (const each of classes) {
      const known = touched.get(each);
      if (!known) touched.set(each, [index]);
      else if (known.at(-1) !== index) known.push(index);
    }
  });
  const families = new Map<string, Family>();
  for (const [each, indices] of touched) {
    const key = indices.join();
    const family = families.get(key);
    if (family) family.classes.push(each);
    else families.set(key, { classes: [each], axes: indices });
  }
  return [...families.values()];
}

class GroupBuilder {
  readonly makers: readonly Node[];
  readonly readers: readonly Node[];
  /** Where its first maker stands. */
  readonly place: number;
  readonly classes: readonly number[];
  readonly #touched: readonly number[];

  constructor(
    readonly model: Model,
    readonly followed: Followed,
    readonly axes: readonly CutAxis[],
    readonly uses: readonly (readonly AtomUse[])[],
    readonly stored: ReadonlySet<readonly AtomUse[]>,
    order: ReadonlyMap<Node, number>,
    { classes, axes: touched }: Family,
  ) {
    this.classes = classes;
    this.#touched = touched;
    const all = this.#touched.flatMap((index) => uses[index]!);
    const nodesOf = (role: AtomUse['role']): Node[] =>
      [...new Set(all.filter((use) => use.role === role).map(({ node }) => node))].sort((a, b) => order.get(a)! - order.get(b)!);
    this.makers = nodesOf('produces');
    this.readers = nodesOf('consumes');
    this.place = this.makers.length ? order.get(this.makers[0]!)! : Infinity;
  }

  #isStored(index: number): boolean {
    return this.model.graph.constant(this.axes[index]!.value) !== undefined;
  }

  /** Classes that can go, and how many have to stay for which reason. */
  parted(): { free: number[]; pinned: Map<string, { node?: Node; count: number }> } {
    const free: number[] = [];
    const pinned = new Map<string, { node?: Node; count: number }>();
    const isStored = this.#touched.every((index) => !this.uses[index]!.length || this.stored.has(this.uses[index]!));
    const computed = isStored
      ? undefined
      : { reason: 'has weights that are not stored but computed while the model runs', node: this.makers[0]! };
    for (const each of this.classes) {
      const pin = this.followed.atoms.pinOf(each) ?? computed;
      if (!pin) free.push(each);
      else {
        const known = pinned.get(pin.reason);
        if (known) known.count++;
        else pinned.set(pin.reason, { ...(pin.node && { node: pin.node }), count: 1 });
      }
    }
    return { free, pinned };
  }

  /** How many of the first maker's channels a class has. */
  width(wanted: number): number {
    return this.axes[this.#makerAxis()]!.classes.reduce((count, each) => count + (each === wanted ? 1 : 0), 0);
  }

  #makerAxis(): number {
    return this.#touched.find((index) => this.#isStored(index) && this.uses[index]!.some(({ role }) => role === 'produces'))!;
  }

  group(name: string, free: readonly number[]): CouplingGroup {
    const sorted = this.#inMakersOrder(free);
    const channelOf = new Map(sorted.map((each, channel) => [each, channel]));
    const slices: Slice[] = [];
    const values = new Map<string, ChannelPlaces>();
    for (const index of this.#touched) {
      const { value, axis, classes } = this.axes[index]!;
      const places = placesOf(classes, channelOf, sorted.length);
      if (this.#isStored(index)) slices.push(...this.#slices(index, places));
      else if (!this.followed.constants.has(value) && !values.has(value)) values.set(value, { axis, places });
    }
    return { name, channels: sorted.length, slices, values, makers: this.makers, readers: this.readers, classes: Int32Array.from(sorted) };
  }

  /** Channels count as the first maker's weights hold them. */
  #inMakersOrder(free: readonly number[]): number[] {
    const wanted = new Set(free);
    return [...new Set(this.axes[this.#makerAxis()]!.classes)].filter((each) => wanted.has(each));
  }

  #slices(index: number, places: readonly Int32Array[]): Slice[] {
    const { value: tensor, axis } = this.axes[index]!;
    const uses = this.uses[index]!;
    if (uses.length) return uses.map(({ role, node, input }) => ({ tensor, axis, role, node, input, places }));
    const [user] = this.model.graph.users(tensor);
    return user && user.index >= 0 ? [{ tensor, axis, role: 'carries', node: user.node, input: user.index, places }] : [];
  }
}

function placesOf(classes: Int32Array, channelOf: ReadonlyMap<number, number>, channels: number): Int32Array[] {
  const places: number[][] = Array.from({ length: channels }, () => []);
  classes.forEach((each, coordinate) => {
    const channel = channelOf.get(each);
    if (channel !== undefined) places[channel]!.push(coordinate);
  });
  return places.map((list) => Int32Array.from(list));
}
