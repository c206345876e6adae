/**
 * What a view shows of a model, as plain data in the words of a reader, not of a file format: ONNX today, other containers by
 * the same shape. Nothing here carries weights. Names and texts are as the file has them: hostile ones included.
 */

/** A number, a name for a free dimension, or null where nothing is known. */
export type ViewShape = readonly (number | string | null)[];

export interface ValueView {
  name: string;
  /** "float32"; for other kinds than tensors a word such as "sequence". */
  type: string;
  /** null: the rank is unknown. */
  shape: ViewShape | null;
}

export interface LayerView {
  /** Place in the file's own order, from 0; the key under which details are asked for. */
  index: number;
  name: string;
  /** "Conv"; with its domain before it where that is not ONNX's own. */
  op: string;
  outputShape: ViewShape | null;
  parameters: number;
  weightBytes: number;
  /** null while dimensions are free. */
  macs: number | null;
}

export interface ModelView {
  /** File name without folders. */
  name: string;
  fileBytes: number;
  /** "ONNX, opset 13". */
  format: string;
  producer: string;
  parameters: number;
  weightBytes: number;
  macs: number | null;
  peakActivationBytes: number | null;
  inputs: ValueView[];
  outputs: ValueView[];
  layers: LayerView[];
  /** Names and values stored with the model. */
  metadata: [name: string, value: string][];
  /** What is odd about a valid model, one sentence each. */
  findings: string[];
}

/** One input or output of a layer. */
export interface PortView extends ValueView {
  /** `constant`: a tensor stored in the model. */
  kind: 'value' | 'constant' | 'absent';
  /** Of a constant. */
  bytes?: number;
}

export interface AttributeView {
  name: string;
  type: string;
  /** Shortened where it is long. */
  value: string;
}

/** What is shown of the selected layer beside its row. */
export interface LayerDetail {
  index: number;
  name: string;
  op: string;
  attributes: AttributeView[];
  inputs: PortView[];
  outputs: PortView[];
}

/** Why there is nothing to show, and the one thing to do about it. */
export interface ProblemView {
  /** One sentence: what and where. */
  message: string;
  hint?: string;
  /** A button's label and the id that comes back when it is pressed. */
  action?: { id: 'reload' | 'open-as-text'; label: string };
}
