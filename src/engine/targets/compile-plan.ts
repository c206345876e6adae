import type { Command } from '../base/command.ts';
import type { CompileSettings } from './deploy-settings.ts';

/** How a program ended that was asked something. */
export interface ToolAnswer {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A model that a vendor's compiler is to take, and what is known for the plan. Nothing here starts anything. */
export interface CompileRequest {
  /** The file in the container that the compiler reads, relative to `folder`; a plain name of letters, digits, `_`, `-` with an ending. */
  readonly model: string;
  /** Of the network: letters, digits, `_`, `-`; begins with a letter. */
  readonly name: string;
  /** Absolute and the job's own; every step is started in it, and all that the compiler writes stays in it. */
  readonly folder: string;
  /** With every default filled in. */
  readonly settings: CompileSettings;
  /** Absolute paths of the `programs` that this machine has. */
  readonly tools: Readonly<Record<string, string>>;
  /** What they said to the compiler's `questions`, by name. Empty where only the plan is wanted: nothing is run for it. */
  readonly answers: Readonly<Record<string, ToolAnswer>>;
  /** Preprocessed pictures as the compiler's `calibration` wants them, relative to `folder`, where it calibrates by itself and has been given some. */
  readonly calibration?: string;
  /** Fingerprint of the board's accelerator, where it was asked: "0x101000056010407". */
  readonly fingerprint?: string;
  /** Of this process, on systems that have them: files written in a container are to be ours. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Names what belongs to this job outside its folder (containers): letters and digits, the same for the same folder. */
  readonly id: string;
}

export interface CompileStep {
  /** For people, verb first: "Compile with vai_c_xir". */
  readonly title: string;
  readonly command: Command;
  /** Milliseconds. */
  readonly limitMs: number;
  /** A file that it makes, relative to the folder. It succeeded when that is there and new, whatever the exit code; without one, when the code is 0. */
  readonly makes?: string;
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
  /** Files beside it that are kept where they are there, relative to the folder. */
  readonly beside?: readonly string[];
  /** Said before anything starts: a version that does not fit the board. */
  readonly notes: readonly string[];
  /** That using the tools accepts; said the first time that a folder is compiled into. */
  readonly licence?: string;
  /** What this machine lacks for it. The plan is whole all the same, as it would be with these. */
  readonly missing: readonly { readonly what: string; readonly advice: string }[];
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

/** What a compiled file says of itself. */
export interface CompiledFile {
  /** An error keeps the file from being delivered: another accelerator than asked for, nothing that runs on it. */
  readonly messages: readonly ToolMessage[];
  readonly subgraphs?: { readonly total: number; readonly accelerator: number };
  readonly onCpu?: readonly { readonly node: string; readonly op: string; readonly reason?: string }[];
  readonly fingerprint?: string;
  readonly toolVersions?: Readonly<Record<string, string>>;
}

/** Pictures for a compiler that calibrates by itself, preprocessed as the model wants them, float32. */
export interface CalibrationFiles {
  readonly layout: 'nchw' | 'nhwc';
  /** `array`: one `.npy`, pictures along its first axis; `folder`: a `.npy` a picture, batch 1, named in order. */
  readonly form: 'array' | 'folder';
  /** At most. */
  readonly pictures: number;
}

/** A vendor's compiler for one target. A new one is a `compile.ts` in the target's folder and a line in boards.ts. */
export interface Compiler {
  readonly target: string;
  /** Container that it takes, as `lathe export --format` names it: "xmodel", "onnx". */
  readonly format: string;
  /** Endings of files that it takes as they are, in small letters: ".xmodel". An `.onnx` that is not among them is exported as `format` first. */
  readonly takes: readonly string[];
  /** Programs to look for; each with how to get it. */
  readonly programs: readonly { readonly name: string; readonly advice: string }[];
  /** Container images that it comes in: whose they are, which names list them, the one that is taken by default. */
  readonly images?: { readonly title: string; readonly reference: string; readonly usual: string };
  readonly calibration?: CalibrationFiles;
  /** What it makes fits this machine only: a board makes its own, as a step of running (run.ts). */
  readonly onBoard?: true;
  /** Looks at a file that is taken as it is, before anything runs. Throws LatheError where the compiler could only fail. */
  checkModel?(file: string): void;
  /** What programs that are there are asked before the plan is made; each may fail. `name` is by which `answers` has it. */
  questions?(
    settings: CompileSettings,
    tools: Readonly<Record<string, string>>,
    model: string,
  ): readonly { readonly name: string; readonly command: Command }[];
  /** Throws `compile.version`, `compile.architecture` and others for what can't be asked for. */
  plan(request: CompileRequest): CompilePlan;
  /** Reads the whole log, a line each, both streams in the order in which they came. */
  readLog(lines: readonly string[]): CompileFindings;
  /** Looks into what was made. Throws LatheError for a file that can't be read. */
  inspect?(file: string, request: CompileRequest): CompiledFile;
}
