import { writeModel } from '../../onnx/file.ts';
import type { ExportFormat } from './format.ts';

export const onnxFormat: ExportFormat = {
  name: 'onnx',
  summary: 'one ONNX file with its weights inside, where they lay in files beside it',
  fileName: (stem) => `${stem}.export.onnx`,
  async write(model, file) {
    await writeModel(model, file, { externalData: 'never' });
    return [];
  },
};
