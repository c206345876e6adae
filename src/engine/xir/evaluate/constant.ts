import { LatheError } from '../../base/errors.ts';
import { elements, type Evaluate } from './operator.ts';

/** Raw little-endian float32, the values and not the integers. */
export const constant: Evaluate = ({ op, attributes, shape }) => {
  const bytes = attributes.bytes('data');
  const wanted = 4 * elements(shape);
  if (bytes.length !== wanted) {
    throw new LatheError('xir.constant', `its data has ${bytes.length} bytes, its shape [${shape.join(', ')}] needs ${wanted}`, {
      node: op.name,
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: wanted / 4 }, (_, i) => view.getFloat32(4 * i, true));
};
