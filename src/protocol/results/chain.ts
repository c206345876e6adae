/** One model of a chain on a target, with the conversions in front of it. Bytes and times are for one picture. */
export interface ChainStage {
  alias: string;
  /** Positions of the stages whose results it takes. */
  after: number[];
  nodes: number;
  /** Operators that turn what comes in into what the model takes, by device: a resize, colours. */
  conversions: { op: string; device: string; nodes: number }[];
  macs: { accelerator: number | null; all: number | null };
  /** Sub-graphs by device, as the target's tools will cut them. */
  subgraphs: { device: string; subgraphs: number }[];
  /** Stored weights, each once. */
  weightBytes: number;
  /** Most activations that live at once while it runs alone; null while sizes are free. */
  activationBytes: number | null;
  /** Below this no arithmetic of the target can do it; null: not known. */
  leastMs: number | null;
}

/** A tensor that goes from one model to another. */
export interface ChainCrossing {
  from: number;
  to: number;
  tensor: string;
  bytes: number | null;
  /** Element type that goes across: "uint8". */
  type: string;
}

/** What a memory of the target must hold. */
export interface ChainMemory {
  /** "Flash, weights of all models". */
  name: string;
  bytes: number | null;
  /** What the target has of it; absent: it depends on the board, or is not known. */
  limit?: number;
  /** Absent while one of both is not known. */
  fits?: boolean;
  /** What it follows from: "the larger of both, as they run one after another". */
  text: string;
}

/** How a chain runs on a target: order, parallelism, memory, latency. Nothing of it was measured. */
export interface ChainPlan {
  target: string;
  /** In the order of execution. */
  stages: ChainStage[];
  /** Positions of stages that wait for the same others, step by step: those of one step could run side by side. */
  order: number[][];
  crossings: ChainCrossing[];
  /** One file for the whole, or one for each model. */
  files: 'whole' | 'each';
  /** How the target gets through several models: one sentence, with its source. */
  schedule: { text: string; source: string };
  memory: ChainMemory[];
  latency: {
    /** Of the whole, one model after the other, at least. */
    leastMs: number | null;
    /** Pictures a second at most, once all stages work at the same time. */
    mostFps: number | null;
    /** Stage that takes longest; null where that is not known. */
    limit: number | null;
    /** What the bound is made of. */
    text: string;
  };
  /** What to mind, the worst first. */
  findings: { severity: 'error' | 'warning' | 'info'; code: string; message: string; hint?: string; layers?: string[] }[];
}

/** One way of running a chain, measured. */
export interface ChainWay {
  /** `whole`: all models in one file; `series`: a file each, one after another; `pipelined`: each in a thread of its own, while the next picture is in the one before. */
  way: 'whole' | 'series' | 'pipelined';
  /** Of ONNX Runtime in each session. */
  threads: number;
  /** From a picture's start to its last answer; in a pipeline with the time it waits for its turn. */
  latencyMs: { median: number; p90: number; runs: number };
  fps: number;
}

/** What a chain does in a second, in series and as a pipeline, on the same pictures. */
export interface ChainThroughput {
  stages: { alias: string; ms: number }[];
  /** Stage that the pipeline waits for. */
  limit: number;
  ways: ChainWay[];
  /** Pictures that may wait in front of each stage. */
  queue: number;
  /** Outputs of the pipeline beside those in series: bit for bit. */
  equal: { pictures: number; elements: number; equal: number };
}
