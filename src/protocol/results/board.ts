import type { ChainPlan, ChainThroughput } from './chain.ts';
import type { FileDocument } from './file.ts';
import type { Measurement } from './common.ts';

/** What can be done about a refusal. */
export interface OfferedFix {
  /** Of an entry of engine/targets' fixes: `leaky-relu-slope`. */
  id: string;
  /** Verb first: "Set the slope to 26/256". */
  title: string;
  /** `exact`: the same function up to rounding; `changed`: another function, to be trained again; `advice`: by hand. */
  effect: 'exact' | 'changed' | 'advice';
}

/** A fix where it was applied. */
export interface AppliedFix {
  id: string;
  /** Layers that were replaced or changed, by the names they had. */
  nodes: string[];
  effect: 'exact' | 'changed';
  /** A clause with the layer's own numbers. */
  message: string;
  /** How far the layer's result may be off; `times`: multiplied by that. */
  bound?: { value: number; times?: 'largest negative input' };
}

/** The rewritten model beside the original, on seeded random inputs, over all outputs. */
export interface FixProof {
  pictures: number;
  maxAbs: number;
  /** null: not a bit differs. */
  sqnrDb: number | null;
  /** Up to the rounding of float32. */
  equal: boolean;
}

/** What became of a model whose fixes were applied. */
export interface FixedModel {
  applied: AppliedFix[];
  proof: FixProof;
  /** Absolute path; what was cut off lies in `pre` and `post`. */
  output: string;
  pre?: string;
  post?: string;
}

/** Where one node runs on the target, and why. */
export interface CheckedNode {
  name: string;
  op: string;
  /** `if`: on the accelerator, provided what `reason` says. */
  verdict: 'yes' | 'if' | 'no';
  reason: string;
  /** As cli.md has it: the title of the first of `fixes`. */
  fix?: string;
  fixes?: OfferedFix[];
  /** Stable name of the rule with its source: "dpu.conv-weights". */
  rule: string;
  /** Where it is counted; an `if` may be expected on the CPU. */
  device: string;
  /** The node that computes it in the same pass, or that it goes into. */
  inside?: string;
}

export interface CheckedSubgraph {
  device: string;
  /** Names of nodes; none where it only brings an input in, or converts an output. */
  nodes: string[];
  /** Of one without nodes: what it brings or converts. */
  tensor?: string;
  macs: number | null;
}

/** `lathe check`. */
export interface CheckDocument {
  target: string;
  title: string;
  /** The accelerator it was judged for, where the target has several. */
  architecture?: string;
  nodes: CheckedNode[];
  subgraphs: CheckedSubgraph[];
  /** Tensors that go from one device to another, bytes for one picture. */
  transfers: { from: number; to: number; tensor: string; bytes: number | null }[];
  /** Of a quantized model: what its scales and positions are wrong in. */
  quantization: { node: string; constraint: string; message: string; value?: number; allowed?: [number, number] }[];
  /** Multiply-adds on the accelerator and in all; null while dimensions are free. */
  macs: { accelerator: number | null; all: number | null };
  warnings: string[];
  /** Of a chain's models as one: order, parallelism, memory and latency of the whole. */
  chain?: ChainPlan;
  /** With `--fix`: all else is about the fixed model. */
  fixed?: FixedModel;
}

/** One thing that a tool said, with the layer it is about. */
export interface ToolFinding {
  severity: 'error' | 'warning' | 'info';
  message: string;
  code?: string;
  /** The tool's name for the node, and ours where it is known. */
  node?: string;
  layer?: string;
  hint?: string;
}

/** A command as it would be typed, for `--dry-run`; quoted for a POSIX shell, never run by one. */
export interface PlannedCommand {
  title: string;
  /** `here` or the host. */
  where: string;
  text: string;
}

/** `lathe compile`. With `--dry-run` the output has 0 bytes and nothing was run. */
export interface CompileDocument extends FileDocument {
  target: string;
  plan: PlannedCommand[];
  findings: ToolFinding[];
  subgraphs?: { total: number; accelerator: number };
  onCpu?: { node: string; op: string; reason?: string; layer?: string }[];
  /** Of a compiled file for a DPU. */
  fingerprint?: string;
  toolVersions?: Record<string, string>;
  /** All that the tools printed, as a file in the folder. */
  log?: string;
  /** Said before anything starts: licences, versions. */
  notes: string[];
  /** What is written before the first command, by absolute path. */
  files: { path: string; text: string }[];
  /** What this machine lacks; with `--dry-run` only, an error otherwise. */
  missing: { what: string; advice: string }[];
  seconds: number;
  /** Of a chain whose models are compiled one by one; `output` is then their folder, and all else what they have together. */
  parts?: (CompileDocument & { alias: string })[];
}

export interface DeployStep {
  title: string;
  state: 'done' | 'failed' | 'skipped' | 'planned';
  seconds?: number;
  /** What it did, or why not. */
  detail?: string;
}

/** Outputs of the board beside our simulation, element by element. */
export interface OutputsMatch {
  pictures: number;
  elements: number;
  /** Elements that are the same. */
  equal: number;
  /** Largest difference, in the output's own unit and in its quantization steps where it has one. */
  maxAbs: number;
  maxSteps?: number;
}

/** `lathe deploy`, one for each entry of `deploy:`; `--json` gives the first with `others`. */
export interface DeployDocument {
  target: string;
  host: string | null;
  /** What the board said it is: "DPUCZDX8G_ISA1_B4096, 2 cores, 300 MHz". */
  board?: string;
  /** When it was measured, ISO 8601. */
  measured?: string;
  /** Run whose model it is. */
  run: string;
  model: {
    path: string;
    bytes: number;
    macs: number | null;
    acceleratorMacs: number | null;
    subgraphs?: { total: number; accelerator: number };
  };
  steps: DeployStep[];
  plan: PlannedCommand[];
  latencyMs?: { median: number; p90: number; runs: number };
  fps?: { threads: number; fps: number }[];
  power?: { watts: number; idleWatts: number; joulesPerPicture?: number; threads?: number; source: string };
  /** The same metric in three stages: float, our simulation, the board. */
  metrics?: { float?: Measurement; simulated?: Measurement; board?: Measurement };
  outputsMatch?: OutputsMatch;
  /** Of several models that run one after another: how, and where they were measured one by one, what they got through. */
  chain?: { plan: ChainPlan; measured?: ChainThroughput };
  findings: ToolFinding[];
  warnings: string[];
  /** Why this entry failed; `steps` says where. */
  error?: { code: string; message: string; hint?: string; exitCode: 1 | 2 | 3 | 130 };
  others?: DeployDocument[];
}

/** What a board is and has, and what we have left on it. */
export interface BoardDocument {
  target: string;
  host: string;
  state: 'ready' | 'incomplete' | 'unreachable';
  summary: string;
  rows: { name: string; value: string }[];
  missing: { what: string; advice: string }[];
  models: { name: string; bytes: number; sha256?: string; deployed?: string }[];
}

/** `lathe import`. */
export interface ImportDocument extends FileDocument {
  /** What the file was found to be: "PyTorch state dict". */
  source: string;
  tools: Record<string, string>;
  /** Outputs of the ONNX model beside the framework's, on the same inputs; absent where it could not be run. */
  proof?: { maxAbs: number; largest: number };
}
