import { open, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { LatheError } from '../../base/errors.ts';

/** Names in an archive that are looked at, at most; a network has thousands of tensors. */
const mostEntries = 200_000;
const headBytes = 4096;

/** A file or folder of another framework, opened as far as it takes to tell what it is. */
export interface ForeignFile {
  /** Absolute. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly bytes: number;
  /** The first bytes; none of a folder. */
  readonly head: Uint8Array;
  /** Names inside, where it is a zip archive. */
  readonly entries?: readonly string[];
  /** Bytes of the file itself, at most `limit`. */
  start(limit: number): Promise<Uint8Array>;
  /** A member of the archive, at most `limit` bytes of it. */
  member(name: string, limit: number): Promise<Uint8Array>;
}

/** Throws `import.missing`, `import.archive`. */
export async function openForeign(file: string): Promise<ForeignFile> {
  const info = await stat(file).catch((cause: unknown) => {
    throw new LatheError('import.missing', 'there is no such file', { file, cause, hint: 'Check the path.' });
  });
  if (info.isDirectory()) return { ...nothingInside, path: file, isFolder: true, bytes: 0, head: new Uint8Array() };
  const head = await startOf(file, headBytes);
  const base = { path: file, isFolder: false, bytes: info.size, head, start: (limit: number) => startOf(file, limit) };
  if (!isZip(head)) return { ...nothingInside, ...base };
  const entries = await listed(file);
  return {
    ...base,
    entries: [...entries.keys()],
    member: (name, limit) => memberOf(file, entries.get(name), limit),
  };
}

const nothingInside = {
  start: () => Promise.resolve(new Uint8Array()),
  member: () => Promise.resolve(new Uint8Array()),
};

const isZip = (head: Uint8Array): boolean => head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;

/** The ending, small: ".pth". */
export const endingOf = ({ path: file }: ForeignFile): string => path.extname(file).toLowerCase();

async function startOf(file: string, limit: number): Promise<Uint8Array> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const bytes = new Uint8Array(limit);
    const { bytesRead } = await handle.read(bytes, 0, limit, 0);
    return bytes.subarray(0, bytesRead);
  } catch (cause) {
    throw new LatheError('import.unreadable', 'the file cannot be read', { file, cause, hint: 'Check its permissions.' });
  } finally {
    await handle?.close();
  }
}

const openZip = promisify<string, yauzl.Options, ZipFile>((file, options, done) => yauzl.open(file, options, done));

async function listed(file: string): Promise<Map<string, Entry>> {
  const zip = await openZip(file, { lazyEntries: true }).catch((cause: unknown) => Promise.reject(brokenArchive(file, cause)));
  const entries = new Map<string, Entry>();
  return new Promise((resolve, reject) => {
    zip.on('entry', (entry: Entry) => {
      entries.set(entry.fileName, entry);
      if (entries.size < mostEntries) zip.readEntry();
      else zip.close();
    });
    zip.once('close', () => resolve(entries));
    zip.once('error', (cause: unknown) => reject(brokenArchive(file, cause)));
    zip.readEntry();
  });
}

async function memberOf(file: string, entry: Entry | undefined, limit: number): Promise<Uint8Array> {
  if (!entry) return new Uint8Array();
  const zip = await openZip(file, { lazyEntries: true, autoClose: false });
  try {
    const stream = await promisify<Entry, NodeJS.ReadableStream>((which, done) => zip.openReadStream(which, done))(entry);
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of stream) {
      const bytes = piece as Buffer;
      pieces.push(bytes.subarray(0, limit - length));
      length += bytes.length;
      if (length >= limit) break;
    }
    return Buffer.concat(pieces);
  } catch (cause) {
    throw brokenArchive(file, cause);
  } finally {
    zip.close();
  }
}

const brokenArchive = (file: string, cause: unknown): LatheError =>
  new LatheError('import.archive', 'the archive is broken', { file, cause, hint: 'Save or download it again.' });
