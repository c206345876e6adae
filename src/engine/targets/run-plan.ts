import type { ChainThroughput } from '../../protocol/results/chain.ts';
import type { DeployEntry } from './deploy-settings.ts';

/** What is to be run on a board, and where. Nothing here starts anything. */
export interface RunRequest {
  /** Absolute path of the compiled model on this machine. */
  readonly model: string;
  /** Preprocessed inputs on this machine, a `.npy` file a picture (batch 1, float32, as the model's input has it); in the order of the dataset. */
  readonly inputs: readonly string[];
  readonly entry: DeployEntry;
  /** Outputs of the ONNX model that it was compiled from, in its order, sizes for one picture: what came back is named and laid out so. */
  readonly outputs?: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** What the board said to the target's questions (`state`), where it was asked. */
  readonly board?: BoardState;
  /** Of several models that run one after another: each as a file of its own beside `model`, which is all of them. */
  readonly chain?: ChainRequest;
}

/** A chain in pieces. Names of values are those of the whole. */
export interface ChainRequest {
  readonly stages: readonly {
    readonly alias: string;
    /** Absolute path on this machine; compiled, where the target compiles a file for each. */
    readonly model: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    /** What it hands on to the next one: its own outputs, and what came in for later ones. The last hands on the outputs of the whole. */
    readonly passes: readonly string[];
  }[];
  /** Pictures that may wait in front of each. */
  readonly queue: number;
}

export interface RemoteStep {
  readonly title: string;
  /** Program and arguments on the board; quoted for its shell by transport, never here. Relative paths are in the job's own folder. */
  readonly command: readonly [string, ...string[]];
  /** Milliseconds. */
  readonly limitMs: number;
  /** What it prints is read by `read` under this name. A line that begins with `progress 37` tells how far it is, in per cent. */
  readonly log?: string;
}

export interface RunPlan {
  /** Copied into the job's own folder on the board: files of this machine, or text that we bring (runners). */
  readonly files: readonly ({ readonly name: string } & ({ readonly local: string } | { readonly text: string }))[];
  readonly steps: readonly RemoteStep[];
  /** Names that are fetched when the steps are done; a trailing `/` fetches a folder's files. */
  readonly results: readonly string[];
}

/** What came back. Sizes bytes, times milliseconds. */
export interface BoardFigures {
  readonly latencyMs?: { readonly median: number; readonly p90: number; readonly runs: number };
  readonly fps?: readonly { readonly threads: number; readonly fps: number }[];
  /** Watts of the whole board while it ran with this many threads and while it idled; joules are those of the difference. */
  readonly power?: {
    readonly watts: number;
    readonly idleWatts: number;
    readonly joulesPerPicture?: number;
    readonly threads?: number;
    readonly source: string;
  };
  /** By output name: absolute paths of `.npy` files on this machine, in the order of the inputs. */
  readonly outputs?: Readonly<Record<string, readonly string[]>>;
  /** Of a chain, in series and as a pipeline. */
  readonly chain?: ChainThroughput;
  readonly notes: readonly string[];
}

/** What a board is and has; plain data, shown by the devices view. */
export interface BoardState {
  /** For people: "DPUCZDX8G_ISA1_B4096, 2 cores, 300 MHz". */
  readonly summary: string;
  readonly rows: readonly { readonly name: string; readonly value: string }[];
  /** Of the accelerator, where it has one: "0x101000056010407". */
  readonly fingerprint?: string;
  /** What is missing, with how to get it. */
  readonly missing: readonly { readonly what: string; readonly advice: string }[];
}

/** How a target runs a model over ssh. A new one is a `run.ts` in the target's folder and a line in boards.ts. */
export interface BoardRunner {
  readonly target: string;
  /** It needs ONNX Runtime and nothing else: it runs on this machine too, and the models of a chain one by one where it is given them. */
  readonly onAnyComputer?: true;
  /** It runs a file for each model of a chain, as its compiler made them. */
  readonly takesParts?: true;
  /** Commands that tell what the board is and has; each may fail. */
  readonly questions: readonly { readonly name: string; readonly command: readonly [string, ...string[]] }[];
  state(
    answers: Readonly<Record<string, { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }>>,
  ): BoardState;
  plan(request: RunRequest): RunPlan;
  /** `folder`: where the results lie on this machine; `logs`: by the steps' names. Throws `board.*` with what to do. */
  read(folder: string, logs: Readonly<Record<string, string>>, request: RunRequest): Promise<BoardFigures>;
}
