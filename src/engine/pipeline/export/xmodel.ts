import path from 'node:path';
import { exportXmodel } from '../../targets/zcu104/xmodel/export.ts';
import { simulate } from '../../targets/zcu104/simulate.ts';
import { checkPositions } from '../../targets/zcu104/check-positions.ts';
import { LatheError } from '../../base/errors.ts';
import { encodeXir } from '../../xir/codec.ts';
import type { Payload } from '../../onnx/wire-writer.ts';
import { writeFileAtomic } from '../atomic.ts';
import type { ExportFormat } from './format.ts';

export const xmodelFormat: ExportFormat = {
  name: 'xmodel',
  summary: 'the quantized XIR graph that vai_c_xir compiles for a DPU; the model must be quantized for one (--target zcu104)',
  fileName: (stem) => `${stem}_int.xmodel`,
  async write(model, file) {
    if (!model.graph.nodes.some(({ op }) => op === 'QuantizeLinear')) {
      throw new LatheError('xmodel.float', 'the model is not quantized, and the compiler takes quantized ones only', {
        file: model.path,
        hint: 'Quantize it first: lathe quantize MODEL --target zcu104.',
      });
    }
    const { graph } = exportXmodel(model, path.basename(file).replace(/(_int)?\.xmodel$/i, ''));
    // Whatever may fail comes before the file is there.
    const shifts = checkPositions(model).map(({ node, message }) => `${JSON.stringify(node)}: ${message}`);
    const warnings = [...simulate(model).warnings, ...shifts];
    await writeFileAtomic(file, joined(encodeXir(graph)));
    return warnings;
  },
};

/** The pieces as one: a quantized model of a DPU has some 30 MB at most. */
function joined(chunks: Iterable<Payload>): Uint8Array {
  const pieces = [...chunks].map((chunk) => {
    if (chunk instanceof Uint8Array) return chunk;
    throw new TypeError('a piece of the graph was left in a file');
  });
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
