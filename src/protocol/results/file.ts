import type { InspectedValue } from './inspect.ts';

/** `report` and `merge`: a file that was written. */
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
