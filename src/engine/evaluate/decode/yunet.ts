import { LatheError } from '../../base/errors.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import { numbersOf } from '../outputs.ts';
import type { Detection } from './boxes.ts';
import type { Decoder } from './decoder.ts';

const clip = (value: number): number => Math.min(1, Math.max(0, value));

/**
 * YuNet (libfacedetection): for each stride s the outputs cls_s [1, N, classes], obj_s [1, N, 1] and bbox_s [1, N, 4], N cells row by row.
 * score = sqrt(cls * obj), of the best class; centre = (cell + offset) * s; size = exp(value) * s. Landmarks, where there are kps_s [1, N, 2 * points]: (cell + offset) * s.
 */
export const yunet: Decoder = (outputs, fed, score) => {
  const strides = Object.keys(outputs).flatMap((name) => /^cls_(\d+)$/.exec(name)?.[1] ?? []);
  if (strides.length === 0) throw wrong('there are no outputs cls_8, obj_8, bbox_8 …');
  const found: Detection[] = [];
  for (const stride of strides.map(Number).sort((a, b) => a - b)) {
    const take = (kind: string): RuntimeTensor => {
      const tensor = outputs[`${kind}_${stride}`];
      if (!tensor) throw wrong(`there is no output ${kind}_${stride}`);
      return tensor;
    };
    const [cls, obj, bbox] = [take('cls'), take('obj'), take('bbox')].map(numbersOf) as [
      ArrayLike<number>,
      ArrayLike<number>,
      ArrayLike<number>,
    ];
    const columns = Math.floor(fed.width / stride);
    const cells = columns * Math.floor(fed.height / stride);
    const classes = cells > 0 ? cls.length / cells : 1;
    if (classes < 1 || !Number.isInteger(classes) || obj.length !== cells || bbox.length !== 4 * cells) {
      throw wrong(`stride ${stride} has ${obj.length} cells, a picture of ${fed.width} x ${fed.height} has ${cells}`);
    }
    const points = pointsOf(outputs[`kps_${stride}`], cells);
    for (let i = 0; i < cells; i++) {
      let label = 0;
      for (let c = 1; c < classes; c++) if (cls[i * classes + c]! > cls[i * classes + label]!) label = c;
      const value = Math.sqrt(clip(cls[i * classes + label]!) * clip(obj[i]!));
      if (!(value >= score)) continue;
      const width = Math.exp(bbox[i * 4 + 2]!) * stride;
      const height = Math.exp(bbox[i * 4 + 3]!) * stride;
      const [column, row] = [i % columns, Math.floor(i / columns)];
      const x = (column + bbox[i * 4]!) * stride - width / 2;
      const y = (row + bbox[i * 4 + 1]!) * stride - height / 2;
      const landmarks = points(i).map(([right, down]) => [(column + right) * stride, (row + down) * stride] as const);
      found.push({ x, y, width, height, label, score: value, ...(landmarks.length ? { landmarks } : {}) });
    }
  }
  return found;
};

/** Offsets of the landmarks by cell; none where the detector has none. */
function pointsOf(tensor: RuntimeTensor | undefined, cells: number): (cell: number) => (readonly [x: number, y: number])[] {
  const count = tensor ? tensor.data.length / (2 * cells) : 0;
  if (!tensor || !Number.isInteger(count)) return () => [];
  const values = numbersOf(tensor);
  return (cell) => Array.from({ length: count }, (_, k) => [values[2 * (cell * count + k)]!, values[2 * (cell * count + k) + 1]!] as const);
}

const wrong = (message: string): LatheError =>
  new LatheError('evaluate.decode', `decode: yunet does not fit the model: ${message}`, { hint: 'Choose another decode.kind.' });
