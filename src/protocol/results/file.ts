import type { InspectedValue } from './inspect.ts';

/** `report`, `merge` and `export`: a file that was written. */
export interface FileDocument {
  output: { path: string; bytes: number };
  warnings: string[];
}

/** `lathe new`. */
export interface NewDocument extends FileDocument {
  architecture: string;
  parameters: number;
  macs: number | null;
  inputs: InspectedValue[];
  outputs: InspectedValue[];
}
