import { createHash } from 'node:crypto';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Checkpoints } from '../base/checkpoint.ts';
import { writeFileAtomic } from './atomic.ts';

/** A run folder holds this many: the newest, and the one before in case the machine stopped while it was being written. */
const kept = 2;
const fileName = /^(\d{6})\.checkpoint$/;
const hashBytes = 32;

/** Checkpoints as files `000001.checkpoint`: sha256 of key and state, length of the key (4 bytes, little-endian), key, state. */
export function folderCheckpoints(folder: string): Checkpoints {
  return {
    async load(key) {
      for (const number of (await numbers(folder)).reverse()) {
        const found = decode(await readFile(nameOf(folder, number)));
        if (found?.key === key) return found.state;
      }
      return undefined;
    },
    async save(key, state) {
      const present = await numbers(folder);
      await writeFileAtomic(nameOf(folder, (present.at(-1) ?? 0) + 1), encode(key, state));
      for (const number of present.slice(0, Math.max(0, present.length + 1 - kept))) await rm(nameOf(folder, number), { force: true });
    },
  };
}

const nameOf = (folder: string, number: number): string => path.join(folder, `${String(number).padStart(6, '0')}.checkpoint`);

async function numbers(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => (fileName.test(name) ? [Number(name.slice(0, 6))] : [])).sort((a, b) => a - b);
}

function encode(key: string, state: Uint8Array): Uint8Array {
  const keyBytes = Buffer.from(key);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(keyBytes.length);
  const body = Buffer.concat([length, keyBytes, state]);
  return Buffer.concat([createHash('sha256').update(body).digest(), body]);
}

/** undefined for a damaged file: the run then goes back to the one before. */
function decode(bytes: Buffer): { key: string; state: Uint8Array } | undefined {
  const body = bytes.subarray(hashBytes);
  if (body.length < 4 || !createHash('sha256').update(body).digest().equals(bytes.subarray(0, hashBytes))) return undefined;
  const length = body.readUInt32LE(0);
  return { key: body.subarray(4, 4 + length).toString(), state: body.subarray(4 + length) };
}
