import { LatheError, throwIfCancelled } from '../base/errors.ts';
import type { Model } from '../onnx/graph.ts';
import { inferShapes, type Shapes } from '../ops/infer.ts';
import type { DpuArchitecture } from '../targets/zcu104/verdict/architecture.ts';
import type { Bound, Fix, FitScope } from './fix.ts';

/** One place where a fix fits, as plain data. */
export interface Found {
  readonly id: string;
  /** Labels of the layers it is about, the one that it was found at first. */
  readonly nodes: readonly string[];
  readonly effect: Fix['effect'];
  readonly message: string;
  readonly bound?: Bound;
}

export interface ApplyOptions {
  readonly board: DpuArchitecture;
  readonly fixes: readonly Fix[];
  /** Labels of layers to be touched, and no others; absent: all. */
  readonly nodes?: ReadonlySet<string>;
  /** Labels of layers that no fix may change. */
  readonly except?: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** Rounds until nothing fits any more: each makes place for the next (a Mul, then the Conv that takes it). Real models need four. */
const mostRounds = 30;

/** Where fixes fit the model as it is; changes nothing. Several may be found at one layer, in the order of the list. */
export function findFixes(model: Model, { board, fixes, ...touched }: Omit<ApplyOptions, 'signal'>): Found[] {
  const scope = scopeOf(model, inferShapes(model).forOnePicture(model), board);
  return model.graph.nodes.flatMap((node) =>
    fixes.flatMap((fix): Found[] => {
      const match = fix.match(node, scope);
      return match && isWanted(match.nodes, touched) ? [foundOf(fix, match)] : [];
    }),
  );
}

/**
 * Applies fixes to a float model, in place, until none fits. What is done is told in order; advice is passed over. Inputs and outputs keep
 * their names, a layer that is replaced leaves its name to the one that makes its result. Throws `fit.endless`, Cancelled, and what shapes
 * that contradict each other throw.
 */
export function applyFixes(model: Model, { board, fixes, signal, ...touched }: ApplyOptions): Found[] {
  const done: Found[] = [];
  let shapes: Shapes | undefined;
  for (let round = 0; round < mostRounds; round++) {
    const before = done.length;
    for (const fix of fixes) {
      if (fix.effect === 'advice') continue;
      throwIfCancelled(signal);
      shapes ??= inferShapes(model).forOnePicture(model);
      const applied = sweep(fix, scopeOf(model, shapes, board), touched);
      if (applied.length === 0) continue;
      done.push(...applied);
      model.graph.sort();
      model.graph.prune();
      shapes = undefined;
    }
    if (done.length === before) return done;
  }
  throw new LatheError('fit.endless', `the fixes did not come to rest in ${mostRounds} rounds`, { file: model.path }, 1);
}

function sweep(fix: Fix, scope: FitScope, touched: Touched): Found[] {
  const applied: Found[] = [];
  for (const node of scope.graph.nodes) {
    if (!scope.graph.has(node)) continue;
    const match = fix.match(node, scope);
    if (!match || !isWanted(match.nodes, touched)) continue;
    if (match.apply() !== false) applied.push(foundOf(fix, match));
  }
  return applied;
}

const scopeOf = (model: Model, shapes: Shapes, board: DpuArchitecture): FitScope => ({ model, graph: model.graph, shapes, board });

type Touched = Pick<ApplyOptions, 'nodes' | 'except'>;

/** What a fix made of a layer is named after it, "conv/split": it may be fixed in turn. */
const isAmong = (label: string, names: ReadonlySet<string>): boolean =>
  names.has(label) || [...label.matchAll(/\//g)].some(({ index }) => names.has(label.slice(0, index)));

const isWanted = (labels: readonly string[], { nodes, except }: Touched): boolean =>
  (nodes === undefined || labels.some((label) => isAmong(label, nodes))) && !(except && labels.some((label) => isAmong(label, except)));

const foundOf = ({ id, effect }: Fix, { nodes, message, bound }: { nodes: readonly string[]; message: string; bound?: Bound }): Found => ({
  id,
  nodes: [...nodes],
  effect,
  message,
  ...(bound ? { bound } : {}),
});
