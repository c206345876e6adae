import { LatheError } from '../../base/errors.ts';
import { numbersOf } from '../outputs.ts';
import type { Outputs } from '../metric.ts';
import type { Detection } from './boxes.ts';
import type { Decoder } from './decoder.ts';

/** A matrix of boxes whatever its orientation. */
interface BoxTable {
  readonly boxes: number;
  readonly fields: number;
  at(box: number, field: number): number;
}

/**
 * YOLOv5 and v7: one output [1, boxes, 5 + classes], each box as centre, size (pixels of the fed picture), objectness, class
 * probabilities; score = objectness * best class.
 */
export const yolov5: Decoder = (outputs, _, score) => {
  const table = tableOf(outputs, 'yolov5', false);
  return read(table, 5, score, (box) => table.at(box, 4));
};

/** YOLOv8 and later: one output [1, 4 + classes, boxes], each box as centre, size (pixels of the fed picture), class probabilities. */
export const yolov8: Decoder = (outputs, _, score) => read(tableOf(outputs, 'yolov8', true), 4, score, () => 1);

function read(table: BoxTable, firstClass: number, least: number, objectness: (box: number) => number): Detection[] {
  const found: Detection[] = [];
  for (let box = 0; box < table.boxes; box++) {
    const trust = objectness(box);
    if (!(trust >= least)) continue;
    let label = 0;
    for (let c = 1; c < table.fields - firstClass; c++) if (table.at(box, firstClass + c) > table.at(box, firstClass + label)) label = c;
    const score = trust * table.at(box, firstClass + label);
    if (!(score >= least)) continue;
    const [x, y, width, height] = [0, 1, 2, 3].map((field) => table.at(box, field)) as [number, number, number, number];
    found.push({ x: x - width / 2, y: y - height / 2, width, height, label, score });
  }
  return found;
}

function tableOf(outputs: Outputs, kind: string, fieldsFirst: boolean): BoxTable {
  const tensors = Object.values(outputs).filter(({ dims }) => dims.length === 3 && dims[0] === 1);
  const [tensor] = tensors;
  const form = fieldsFirst ? '[1, 4 + classes, boxes]' : '[1, boxes, 5 + classes]';
  const fail = (message: string): LatheError =>
    new LatheError('evaluate.decode', `decode: ${kind} does not fit the model: ${message}`, { hint: `It reads one output ${form}.` });
  if (!tensor || tensors.length > 1) throw fail(`there are ${tensors.length} outputs of three dimensions`);
  const [, rows, columns] = tensor.dims as [number, number, number];
  const [boxes, fields] = fieldsFirst ? [columns, rows] : [rows, columns];
  if (fields < (fieldsFirst ? 5 : 6) || fields > boxes) throw fail(`the output is [${tensor.dims.join(', ')}]`);
  const values = numbersOf(tensor);
  return { boxes, fields, at: fieldsFirst ? (box, field) => values[field * boxes + box]! : (box, field) => values[box * fields + field]! };
}
