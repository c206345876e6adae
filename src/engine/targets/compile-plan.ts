import type { Command } from '../base/command.ts';
import type { CompileSettings } from './deploy-settings.ts';

/** A model that a vendor's compiler is to take, and what is known for the plan. Nothing here starts anything. */
export interface CompileRequest {
  /** Absolute path of the file in the container that the compiler reads: `.xmodel`, `.onnx`, `.h5`. */
  readonly model: string;
  /** Of the network: letters, digits, `_`, `-`; begins with a letter. */
  readonly name: string;
  /** Absolute; all that the compiler writes stays in here. The model lies in it or is copied into it first. */
  readonly folder: string;
  readonly settings: CompileSettings;
  /** What this machine has: name of a program → absolute path, or what it said to a question asked by the plan's target. */
  readonly tools: Readonly<Record<string, string>>;
  /** Folder of preprocessed pictures (`.npy`, layout and type as the target's tools want them), where the compiler calibrates by itself. */
  readonly calibration?: string;
}

export interface CompileStep {
  /** For people, verb first: "Compile with vai_c_xir". */
  readonly title: string;
  readonly command: Command;
  /** Milliseconds. */
  readonly limitMs: number;
  /** A command that ends whatever `command` left behind when it was cancelled or took too long: `docker kill NAME`. */
  readonly cleanUp?: Command;
}

/** What would be done, whole: printed by `--dry-run`, executed by pipeline/compile. */
export interface CompilePlan {
  /** Written before the first step, relative to the request's folder. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly steps: readonly CompileStep[];
  /** Relative to the folder. The work succeeded when it is there and new, whatever the exit codes were. */
  readonly output: string;
  /** Said before anything starts: a licence that using the image accepts, a version that does not fit the board. */
  readonly notes: readonly string[];
}

/** One thing that a tool said, in its words or ours. */
export interface ToolMessage {
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  /** The tool's own code: `XCOM_PM_FAIL`. */
  readonly code?: string;
  /** Name of the node as the tool has it; pipeline/compile turns it into the layer's name. */
  readonly node?: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** What the log of a compiler came to. */
export interface CompileFindings {
  readonly messages: readonly ToolMessage[];
  readonly subgraphs?: { readonly total: number; readonly accelerator: number };
  /** Nodes left to the CPU, with the reason printed. */
  readonly onCpu?: readonly { readonly node: string; readonly op: string; readonly reason?: string }[];
  /** More figures by name, as the tool printed them: "Latency (hw)". */
  readonly figures?: Readonly<Record<string, number | string>>;
}

/** A vendor's compiler for one target. A new one is a `compile.ts` in the target's folder and a line in boards.ts. */
export interface Compiler {
  readonly target: string;
  /** Container that it takes, as `lathe export --format` names it: "xmodel", "onnx". */
  readonly format: string;
  /** Programs to look for; each with how to get it. */
  readonly programs: readonly { readonly name: string; readonly advice: string }[];
  /** Throws `compile.tool-missing` and others with what to do. */
  plan(request: CompileRequest): CompilePlan;
  /** Reads the whole log, a line each, both streams in the order in which they came. */
  readLog(lines: readonly string[]): CompileFindings;
}
