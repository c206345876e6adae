import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { externalLocations } from '../onnx/scan.ts';

export interface HashedFile {
  readonly sha256: string;
  readonly bytes: number;
}

/** sha256 and size of a file, streamed. */
export async function hashFile(file: string): Promise<HashedFile> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { sha256: hash.digest('hex'), bytes: (await stat(file)).size };
}

/**
 * What names a model's content and what it weighs on disk: its file, and the files of its external data. The model has been read before,
 * so these are known to lie in its folder. `external`: their paths, relative and sorted, where they are known already.
 */
export async function hashModel(file: string, external: readonly string[] = externalLocations(file)): Promise<HashedFile> {
  const parts = [await hashFile(file)];
  for (const location of external) parts.push(await hashFile(path.join(path.dirname(file), location)));
  if (parts.length === 1) return parts[0]!;
  const sha256 = createHash('sha256')
    .update(parts.map((part) => part.sha256).join(''))
    .digest('hex');
  return { sha256, bytes: parts.reduce((sum, part) => sum + part.bytes, 0) };
}
