import { existsSync } from 'node:fs';
import path from 'node:path';
import script from '../python/from_tensorflow.py';
import { endingOf, type ForeignFile } from '../foreign-file.ts';
import type { ImportSource, PythonPackage, Recognised } from './source.ts';

const tensorflow: PythonPackage = { name: 'tensorflow', least: '2.11', also: ['tensorflow-cpu', 'tensorflow-macos', 'tensorflow-intel'] };
const tf2onnx: PythonPackage = { name: 'tf2onnx', least: '1.15' };
const packages = [tensorflow, tf2onnx];

/** The description of a Keras network in JSON lies somewhere in an .h5 file. */
const mostSearched = 256 << 20;
const lambda = /"class_name":\s*"(Lambda|TFOpLambda)"/;

/** Keras (.keras, .h5), SavedModel folders and TensorFlow Lite. */
export const tensorFlow: ImportSource = {
  name: 'tensorflow',
  title: 'Keras and TensorFlow files',
  packages,
  script,
  async recognise(file) {
    if (file.isFolder) {
      return existsSync(path.join(file.path, 'saved_model.pb'))
        ? { title: 'TensorFlow SavedModel', kind: 'saved-model', packages }
        : undefined;
    }
    if (Buffer.from(file.head.subarray(4, 8)).toString('latin1') === 'TFL3') {
      return { title: 'TensorFlow Lite model', kind: 'tflite', packages };
    }
    if (file.entries?.includes('config.json') && file.entries.includes('metadata.json')) {
      return keras('Keras network', Buffer.from(await file.member('config.json', mostSearched)).toString('utf8'));
    }
    return isHdf5(file) ? keras('Keras network (HDF5)', Buffer.from(await file.start(mostSearched)).toString('latin1')) : undefined;
  },
};

const isHdf5 = (file: ForeignFile): boolean =>
  ['.h5', '.hdf5', '.keras'].includes(endingOf(file)) && Buffer.from(file.head.subarray(1, 4)).toString('latin1') === 'HDF';

/** Safe mode refuses Lambda layers in .keras files; in .h5 files older versions of Keras do not look (CVE-2025-9905). */
function keras(title: string, text: string): Recognised {
  const danger = lambda.test(text) ? { danger: 'it has a Lambda layer, which is Python code' } : {};
  return { title, kind: 'keras', packages, ...danger };
}
