import type { Node } from '../../onnx/graph.ts';
import type { DataFlow } from './data-flow.ts';
import { cpuDevice, type Family, type Fusion, type Layer, type NodeVerdict, type Problem, type Rule, type RuleFacts } from './types.ts';

/** An accelerator as a list of rules. */
export interface RuleBook<Limits> {
  /** "DPU". */
  readonly accelerator: string;
  /** Of nodes that are one layer together, whatever each would be alone: the first that finds something decides. */
  readonly patterns?: readonly Rule<Limits>[];
  /** Hold for every operator, behind the family's own. */
  readonly general: readonly Rule<Limits>[];
  /** Of every operator: what is taken out, before anything else. */
  readonly fusions: readonly Fusion<Limits>[];
  readonly families: readonly Family<Limits>[];
  /** For operators of no family. */
  readonly unknown: Rule<Limits>;
}

/** Every rule of a book, in the order in which they are looked at. */
export const rulesOf = <Limits>({ fusions, patterns = [], general, families, unknown }: RuleBook<Limits>): RuleFacts[] => [
  ...fusions,
  ...patterns,
  ...families.flatMap((family) => [...(family.fusions ?? []), ...family.rules, ...(family.accepts ? [family.accepts] : [])]),
  ...general,
  unknown,
];

/** Judges every node that works on the data. */
export function judgeByRules<Limits>(book: RuleBook<Limits>, limits: Limits, flow: DataFlow): Map<Node, NodeVerdict> {
  return new Judge(book, limits, flow).all();
}

/** What stands against a node by its own attributes and operands alone; undefined: nothing, as far as they say. */
export function ownRefusal<Limits>(book: RuleBook<Limits>, limits: Limits, layer: Layer): Problem | undefined {
  const rules = familyOf(book, layer.node)?.rules ?? [book.unknown];
  for (const rule of rules) {
    const problem = rule.outcome === 'no' && !rule.context ? rule.check(layer, limits) : undefined;
    if (problem) return problem;
  }
  return undefined;
}

const familyOf = <Limits>({ families }: RuleBook<Limits>, node: Node): Family<Limits> | undefined =>
  families.find(({ operators }) => operators.includes(node.qualifiedOp));

class Judge<Limits> {
  readonly #known = new Map<Node, NodeVerdict>();
  readonly #open = new Set<Node>();

  constructor(
    readonly book: RuleBook<Limits>,
    readonly limits: Limits,
    readonly flow: DataFlow,
  ) {}

  all(): Map<Node, NodeVerdict> {
    // The order of execution for those who read the result; a node that goes into a later one is judged after that.
    return new Map(this.flow.nodes.map((node) => [node, this.#of(node)]));
  }

  #of(node: Node): NodeVerdict {
    const known = this.#known.get(node);
    if (known) return known;
    this.#open.add(node);
    const verdict = this.#judge(node);
    this.#open.delete(node);
    this.#known.set(node, verdict);
    return verdict;
  }

  #judge(node: Node): NodeVerdict {
    const { book, limits } = this;
    const family = familyOf(book, node);
    const layer: Layer = { node, flow: this.flow, verdictOf: (other) => this.#known.get(other) };
    for (const fusion of [...book.fusions, ...(family?.fusions ?? [])]) {
      const found = fusion.find(layer, limits);
      if (found) return this.#fused(node, fusion, found);
    }
    for (const rule of book.patterns ?? []) {
      const problem = rule.check(layer, limits);
      if (problem) return this.#against(node, rule, problem);
    }
    const rules = family ? [...family.rules, ...book.general] : [book.unknown];
    let uncertain: NodeVerdict | undefined;
    for (const rule of rules) {
      const problem = rule.check(layer, limits);
      if (!problem) continue;
      const verdict = this.#against(node, rule, problem);
      if (rule.outcome === 'no') return verdict;
      uncertain ??= verdict;
    }
    if (uncertain) return uncertain;
    const accepts = family?.accepts;
    const [rule, reason] = accepts ? [accepts.name, accepts.reason(layer)] : [book.unknown.name, `the ${book.accelerator} takes it`];
    return { node, verdict: 'yes', reason, rule, device: book.accelerator, fixes: [] };
  }

  #against(node: Node, { name, outcome }: Rule<Limits>, { reason, fixes = [], onCpu }: Problem): NodeVerdict {
    const device = outcome === 'no' || onCpu ? cpuDevice : this.book.accelerator;
    return { node, verdict: outcome, reason, rule: name, device, fixes };
  }

  /** Runs where the node runs that computes it. What goes into a node behind it is asked for; a ring of those would be a fault of rules. */
  #fused(node: Node, fusion: Fusion<Limits>, { inside, reason }: { inside?: Node; reason: string }): NodeVerdict {
    const host = inside && !this.#open.has(inside) ? this.#of(inside) : undefined;
    const device = host?.device ?? this.#before(node) ?? this.book.accelerator;
    const decided = host && host.verdict !== 'yes' ? host : undefined;
    return {
      node,
      verdict: decided?.verdict ?? 'yes',
      reason: decided ? `${reason}: ${decided.reason}` : reason,
      rule: decided?.rule ?? fusion.name,
      device,
      fixes: decided?.fixes ?? [],
      ...(inside ? { inside } : {}),
    };
  }

  /** Where the first data operand of a node comes from. */
  #before(node: Node): string | undefined {
    const [maker] = this.flow.makers(node);
    return maker && this.#known.get(maker)?.device;
  }
}
