import type { Model } from '../../onnx/graph.ts';

/** A container that a model can be written as. */
export interface ExportFormat {
  /** As `--format` names it. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Name of the file beside a model of this name without its ending. */
  fileName(stem: string): string;
  /** Writes the file atomically; returns what the reader should know, in sentences. */
  write(model: Model, file: string): Promise<string[]>;
}
