import { statSync } from 'node:fs';
import path from 'node:path';
import type { ExportJob } from '../../../protocol/job.ts';
import type { FileDocument } from '../../../protocol/results/file.ts';
import { LatheError } from '../../base/errors.ts';
import { readModel } from '../../onnx/file.ts';
import type { ExportFormat } from './format.ts';
import { floatFormat } from './float.ts';
import { onnxFormat } from './onnx.ts';
import { xmodelFormat } from './xmodel.ts';

/** A new one is a file here and a line in this list. */
export const exportFormats: readonly ExportFormat[] = [xmodelFormat, onnxFormat, floatFormat];

/** Writes a model as another container. Throws `export.format`, `export.same-file`, and what reading and the format throw. */
export async function runExport({ model, format, output }: ExportJob): Promise<FileDocument> {
  const found = exportFormats.find(({ name }) => name === format);
  if (!found)
    throw new LatheError(
      'export.format',
      `there is no format ${JSON.stringify(format)}; there are ${exportFormats.map(({ name }) => name).join(', ')}`,
    );
  const file = output ?? path.join(path.dirname(model), found.fileName(path.basename(model).replace(/\.onnx$/i, '')));
  if (path.resolve(file) === path.resolve(model))
    throw new LatheError('export.same-file', 'the model itself would be written over', { file, hint: 'Name another file.' });
  const warnings = await found.write(await readModel(model), file);
  return { output: { path: file, bytes: statSync(file).size }, warnings };
}
