import { mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Shard } from '../../protocol/job.ts';
import type { FileDocument } from '../../protocol/results.ts';
import { LatheError } from '../base/errors.ts';
import { parseExact, toExactJson } from '../base/json.ts';
import { latheVersion } from '../base/version.ts';
import { diskError, writeFileAtomic } from './atomic.ts';

/** What every file of a sharded job says of itself. */
export interface PartHeader {
  readonly kind: string;
  readonly lathe: string;
  readonly shard: Shard;
  /** Of all parts together. */
  readonly samples: number;
  /** Hash of everything the job follows from: parts with the same one belong together. */
  readonly belongsTo: string;
}

export async function writePart(file: string, part: PartHeader): Promise<FileDocument['output']> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
  } catch (error) {
    throw diskError(error, file);
  }
  await writeFileAtomic(file, toExactJson(part));
  return { path: file, bytes: (await stat(file)).size };
}

/** Reads the parts of one job. Throws `shard.parts` when one is no part, is given twice or is missing, or belongs to another job. */
export async function readParts(files: readonly string[]): Promise<PartHeader[]> {
  const parts: PartHeader[] = [];
  for (const file of files) parts.push(await readPart(file));
  const [first] = parts;
  if (!first) throw new LatheError('shard.parts', 'there are no parts to add');
  for (const [i, part] of parts.entries()) {
    const file = files[i];
    if (part.lathe !== latheVersion) throw unfit(`it was written by Lathe ${part.lathe}, this is ${latheVersion}`, file);
    if (part.kind !== first.kind || part.belongsTo !== first.belongsTo) throw unfit(`it belongs to another job than ${files[0]}`, file);
    if (part.shard.of !== first.shard.of) throw unfit(`it is one of ${part.shard.of} parts, ${files[0]} is one of ${first.shard.of}`, file);
    const twin = parts.findIndex((other) => other.shard.index === part.shard.index);
    if (twin !== i) throw unfit(`it is the same part as ${files[twin]}`, file);
  }
  if (parts.length < first.shard.of) {
    throw new LatheError('shard.parts', `there are ${parts.length} of ${first.shard.of} parts`, { hint: 'Give every part of the job.' });
  }
  return parts.sort((a, b) => a.shard.index - b.shard.index);
}

async function readPart(file: string): Promise<PartHeader> {
  let value: Partial<PartHeader> | null;
  try {
    value = parseExact(await readFile(file, 'utf8')) as Partial<PartHeader> | null;
  } catch (error) {
    if (error instanceof SyntaxError) throw unfit('it is no part of a sharded job', file);
    throw new LatheError('file.read', `the file can't be read: ${(error as Error).message}`, { file, cause: error });
  }
  const { kind, shard, samples, belongsTo } = value ?? {};
  const whole = typeof kind === 'string' && typeof belongsTo === 'string' && typeof samples === 'number';
  if (!whole || typeof shard?.index !== 'number' || typeof shard.of !== 'number') throw unfit('it is no part of a sharded job', file);
  return value as PartHeader;
}

const unfit = (message: string, file: string | undefined): LatheError =>
  new LatheError('shard.parts', message, { file, hint: 'Parts are written by --shard i/n.' });
