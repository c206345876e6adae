import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { LatheError } from '../base/errors.ts';
import { shortName } from './decode-tensor.ts';
import { fileError } from './file-error.ts';
import type { Tensor } from './tensor.ts';
import type { FileRange } from './wire-writer.ts';

const windowsDevice = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Why a location may not be followed, judged by its text alone and alike on every platform; undefined when it may. */
export function refusedLocation(location: string): string | undefined {
  if (location === '' || location.includes('\0')) return 'is no file name';
  if (location.includes('\\')) return 'has a backslash, the form of a Windows or network path';
  if (location.startsWith('/')) return 'is an absolute path';
  if (location.includes(':')) return 'has a colon, the form of a Windows drive or a URL';
  const parts = location.split('/');
  if (parts.includes('..')) return 'leads out of the folder';
  if (parts.some((part) => windowsDevice.test(part))) return 'names a Windows device';
  return undefined;
}

/**
 * Finds external data of one model. Paths stay in the model's folder: locations that lead out of it by their text or by a
 * symbolic link throw `model.external-path`, missing files `model.external-missing`, wrong sizes `model.external-size`.
 */
export class ExternalData {
  readonly #modelPath: string;
  readonly #files = new Map<string, Promise<{ path: string; size: number }>>();

  constructor(modelPath: string) {
    this.#modelPath = modelPath;
  }

  /** Where the bytes of a tensor of source 'external' lie: in the folder, and as many as the tensor takes. */
  async locate(name: string, tensor: Tensor): Promise<FileRange> {
    if (tensor.source.kind !== 'external') throw this.#error('model.external-data', name, 'has no external data');
    const { location, offset, length } = tensor.source;
    const refused = refusedLocation(location);
    if (refused) {
      throw this.#error(
        'model.external-path',
        name,
        `keeps its data in ${shortName(location)}, which ${refused}`,
        "External data must lie in the model file's own folder.",
      );
    }
    let file = this.#files.get(location);
    if (!file) {
      file = this.#find(name, location);
      this.#files.set(location, file);
    }
    const found = await file;
    const wanted = tensor.byteLength;
    if (length !== undefined && length !== wanted) {
      throw this.#error('model.external-size', name, `takes ${wanted} bytes but its external data is said to be ${length} bytes long`);
    }
    if (offset + wanted > found.size) {
      throw this.#error(
        'model.external-size',
        name,
        `should lie at byte ${offset}, ${wanted} bytes long, in ${shortName(location)}, which has only ${found.size} bytes`,
        'The data file was cut short or belongs to another model.',
      );
    }
    return { path: found.path, offset, length: wanted };
  }

  async #find(name: string, location: string): Promise<{ path: string; size: number }> {
    const folder = await realpath(path.dirname(this.#modelPath));
    const named = path.join(folder, location);
    let real: string;
    try {
      real = await realpath(named);
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!missing) throw fileError(error, named, 'read');
      throw this.#error(
        'model.external-missing',
        name,
        `keeps its data in ${shortName(location)}, which is not there`,
        'Copy the data file into the folder of the model.',
      );
    }
    const inside = path.relative(folder, real);
    if (inside === '' || inside.startsWith('..') || path.isAbsolute(inside)) {
      const hint = 'Replace the link by a copy of the file.';
      throw this.#error(
        'model.external-path',
        name,
        `keeps its data in ${shortName(location)}, a link that leaves the model's folder`,
        hint,
      );
    }
    const status = await stat(real);
    if (!status.isFile())
      throw this.#error('model.external-path', name, `keeps its data in ${shortName(location)}, which is no regular file`);
    return { path: real, size: status.size };
  }

  #error(code: string, name: string, problem: string, hint?: string): LatheError {
    return new LatheError(code, `the tensor ${shortName(name)} ${problem}`, { file: this.#modelPath, hint });
  }
}
