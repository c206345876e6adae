import type { Node } from '../../onnx/graph.ts';
import type { TargetLimits } from '../limits.ts';
import type { DataFlow } from './data-flow.ts';

/** `yes`: on the accelerator. `if`: provided what the reason says. `no`: on the board's CPU. */
export type Verdict = 'yes' | 'if' | 'no';

/** Where one node runs, and why. */
export interface NodeVerdict {
  readonly node: Node;
  readonly verdict: Verdict;
  /** One clause with the node's own numbers: "its stride of 9 is larger than 8". */
  readonly reason: string;
  /** Name of the rule that decided: "dpu.conv-stride". */
  readonly rule: string;
  /** Where it is counted: the accelerator's name, or CPU. An `if` may be expected on either. */
  readonly device: string;
  /** Ids of fixes that may help, the best first. */
  readonly fixes: readonly string[];
  /** The node that computes it in the same pass, or that it goes into. */
  readonly inside?: Node;
}

/** What a rule says of itself, for people: one row of the table in the guide. */
export interface RuleFacts {
  /** Stable: "dpu.conv-kernel". */
  readonly name: string;
  /** What it is about: "Conv, one group". */
  readonly about: string;
  /** When the accelerator takes it: "kernel of 1 to 16 in both directions". */
  readonly limit: string;
  /** What it comes to where that does not hold (`no`, `if`), or what it says of what is taken (`yes`). */
  readonly outcome: Verdict;
  /** The vendor's document or code. */
  readonly source: string;
}

/** A node as rules see it. */
export interface Layer {
  readonly node: Node;
  readonly flow: DataFlow;
  /** What was said of a node before it in the order of execution; undefined for what no verdict is about. */
  verdictOf(node: Node): NodeVerdict | undefined;
}

/** What a rule finds against a node. */
export interface Problem {
  /** One clause with the node's own numbers. */
  readonly reason: string;
  readonly fixes?: readonly string[];
  /** Of an `if`: expected on the CPU. By default an `if` is counted on the accelerator. */
  readonly onCpu?: boolean;
}

/** One limit of an accelerator. `Limits` is the plain data that sizes of one family differ in. */
export interface Rule<Limits> extends RuleFacts {
  readonly outcome: 'if' | 'no';
  /** Looks at other nodes too, not at the node's own attributes and operands alone. */
  readonly context?: true;
  check(layer: Layer, limits: Limits): Problem | undefined;
}

/** A node that another one computes in the same pass (ReLU behind a convolution), or that goes into it (a folded batch norm). */
export interface Fusion<Limits> extends RuleFacts {
  readonly outcome: 'yes';
  /** `inside` absent: it is gone and nothing computes it. */
  find(layer: Layer, limits: Limits): { readonly inside?: Node; readonly reason: string } | undefined;
}

/** Operators that one engine takes, and what it asks of them. */
export interface Family<Limits> {
  /** `op` or `domain::op`. */
  readonly operators: readonly string[];
  /** Looked at before anything else. */
  readonly fusions?: readonly Fusion<Limits>[];
  /** In order; the first `no` decides, else the first `if`. */
  readonly rules: readonly Rule<Limits>[];
  /** What is said where nothing stands against a node; absent where rules refuse all of them. */
  readonly accepts?: RuleFacts & { readonly outcome: 'yes'; reason(layer: Layer): string };
}

/** One configuration of an accelerator, where a target has several. */
export interface Architecture {
  readonly name: string;
  readonly fingerprint?: string;
}

export interface JudgeRequest {
  readonly flow: DataFlow;
  /** Name or fingerprint of one of `architectures`; absent: the target's own. */
  readonly architecture?: string;
}

/** A target that says of each node of a model where it runs. */
export interface TargetVerdict {
  readonly target: TargetLimits;
  /** Where accepted layers run: "DPU". Others run on the board's CPU. Absent: all run on the CPU. */
  readonly accelerator?: string;
  /** Configurations that it can be judged for, its own first. */
  readonly architectures: readonly Architecture[];
  /** Device of the sub-graphs that bring inputs in, where its tools make such; outputs are then converted on the CPU in ones of their own. */
  readonly userDevice?: string;
  /** For the table in the guide. */
  readonly rules: readonly RuleFacts[];
  /** The target's own tools take float models and quantize them. */
  readonly takesFloat?: true;
  /** Nothing stands behind the accelerator: what it refuses keeps the model from running. */
  readonly noFallback?: true;
  /** What a model as a whole asks of the target, one clause each: memory. */
  remarks?(flow: DataFlow): string[];
  /** Every node that works on the data, in the order of execution. Throws `check.architecture` for an unknown one. */
  judge(request: JudgeRequest): ReadonlyMap<Node, NodeVerdict>;
}

export const cpuDevice = 'CPU';
