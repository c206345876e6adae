import { LatheError } from '../../base/errors.ts';
import { positionOf } from '../../targets/zcu104/fixes.ts';
import type { Scheme } from '../scheme.ts';
import { leastPosition, scaleAt } from './position.ts';

/** Values with one fix position each, some of them tied to others; positions only go down. */
export class PositionGroups {
  readonly #parent = new Map<string, string>();
  readonly #positions = new Map<string, number>();
  readonly #lowered = new Set<string>();

  /** Throws `quantize.scales` for a scale that is no power of two: it has no position. */
  constructor(readonly free: ReadonlyMap<string, Scheme>) {
    for (const [value, { scale }] of free) {
      const position = positionOf(scale);
      if (position === undefined) {
        throw new LatheError(
          'quantize.scales',
          `the scale ${scale} of ${JSON.stringify(value)} is no power of two, which the target needs`,
          {
            hint: 'Quantize with scales: power-of-two.',
          },
        );
      }
      this.#positions.set(value, position);
    }
  }

  /** These values share one position from now on: until `choose` the coarsest of theirs. */
  tie(values: readonly string[]): void {
    const [first, ...others] = values.filter((value) => this.has(value));
    for (const other of others) {
      const [to, from] = [this.#root(first!), this.#root(other)];
      if (to === from) continue;
      this.#positions.set(to, Math.min(this.#positions.get(to)!, this.#positions.get(from)!));
      this.#parent.set(from, to);
    }
  }

  /**
   * Gives each set of tied values the position, between the coarsest and the finest of theirs, at which their errors add up to least;
   * without a figure the coarsest. `errorAt`: of one value, relative to its size.
   */
  choose(errorAt: (value: string, position: number) => number | undefined): void {
    const sets = new Map<string, string[]>();
    for (const value of this.free.keys()) sets.set(this.#root(value), [...(sets.get(this.#root(value)) ?? []), value]);
    for (const [root, values] of sets) {
      const own = values.map((value) => positionOf(this.free.get(value)!.scale)!);
      const [coarsest, finest] = [Math.min(...own), Math.max(...own)];
      let least = Infinity;
      for (let position = coarsest; position <= finest && coarsest < finest; position++) {
        const errors = values.map((value) => errorAt(value, position));
        const sum = errors.reduce<number>((total, error) => total + (error ?? NaN), 0);
        if (sum >= least || Number.isNaN(sum)) continue;
        least = sum;
        this.#positions.set(root, position);
      }
    }
  }

  /** Constants have none. */
  has(value: string): boolean {
    return this.#positions.has(value);
  }

  at(value: string): number {
    return this.#positions.get(this.#root(value))!;
  }

  /** True if that changed anything. */
  lower(value: string, position: number): boolean {
    const root = this.#root(value);
    const to = Math.max(leastPosition, position);
    if (this.#positions.get(root)! <= to) return false;
    this.#positions.set(root, to);
    this.#lowered.add(root);
    return true;
  }

  /** Before anything is lowered: where an operator demands a position that others may clip at. */
  set(value: string, position: number): void {
    this.#positions.set(this.#root(value), position);
  }

  schemes(): Map<string, Scheme> {
    return new Map([...this.free].map(([value, scheme]) => [value, { ...scheme, scale: scaleAt(this.at(value)) }]));
  }

  /** How many groups had to become coarser for the sake of shifts. */
  get lowered(): number {
    return new Set([...this.#lowered].map((value) => this.#root(value))).size;
  }

  #root(value: string): string {
    let at = value;
    for (let up = this.#parent.get(at); up !== undefined; up = this.#parent.get(at)) at = up;
    return at;
  }
}
