import type { ForeignFile } from '../foreign-file.ts';

/** A Python package that a source needs. */
export interface PythonPackage {
  /** As pip and importlib.metadata know it. */
  readonly name: string;
  /** Least version that is known to work: "2.1". */
  readonly least: string;
  /** Other names under which the same is installed. */
  readonly also?: readonly string[];
}

/** What a file was found to be. */
export interface Recognised {
  /** For people: "PyTorch state dict". */
  readonly title: string;
  /** As the script knows it. */
  readonly kind: string;
  readonly packages: readonly PythonPackage[];
  /** Why loading it would run code of its own, one clause; absent: it does not. */
  readonly danger?: string;
  /** It holds weights only: the network must be named. */
  readonly needsArchitecture?: boolean;
  /** The size of its inputs is not in the file. */
  readonly needsShape?: boolean;
}

/** A kind of file that can become ONNX. A new one is a file in this folder and a line in index.ts. */
export interface ImportSource {
  readonly name: string;
  /** For people: "PyTorch files". */
  readonly title: string;
  /** What all its kinds of files need. */
  readonly packages: readonly PythonPackage[];
  /** Text of the Python script that does it. */
  readonly script: string;
  /** Undefined: it is something else. */
  recognise(file: ForeignFile): Promise<Recognised | undefined>;
}
