import type { FileHandle } from 'node:fs/promises';
import { constants, inflateRawSync } from 'node:zlib';
import { LatheError } from '../../base/errors.ts';
import { fileBytes, memoryBytes, type ByteSource } from './bytes.ts';

/** A member of a zip archive, from the central directory. */
export interface Member {
  readonly name: string;
  readonly compressed: boolean;
  readonly packedSize: number;
  readonly size: number;
  /** Offset of its local header. */
  readonly offset: number;
}

/** An archive's comment and end record are at most this long. */
const tailBytes = 65557;
/** Larger members must be stored uncompressed (numpy.savez), so that rows can be read one by one. */
const mostInflated = 2 ** 31;

/** Lists the members of a zip archive (PKWARE APPNOTE 4.3; 64-bit sizes included). Throws `data.npz`. */
export async function zipMembers(handle: FileHandle, file: string): Promise<Member[]> {
  const fail = (message: string): LatheError => new LatheError('data.npz', message, { file });
  const { size } = await handle.stat();
  const source = fileBytes(handle, size);
  const tailStart = Math.max(0, size - tailBytes);
  const tail = Buffer.from(await source.read(tailStart, size - tailStart));
  const end = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end < 0 || end + 22 > tail.length) throw fail('not an .npz archive, or cut off');
  let [count, length, start] = [tail.readUInt16LE(end + 10), tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (start === 0xffffffff || count === 0xffff) {
    const record = tail.lastIndexOf('PK\x06\x06', end, 'latin1');
    if (record < 0) throw fail('the 64-bit directory of the archive is missing');
    [count, length, start] = [record + 32, record + 40, record + 48].map((at) => Number(tail.readBigUInt64LE(at))) as [
      number,
      number,
      number,
    ];
  }
  if (start + length > size) throw fail('the directory of the archive is cut off');
  const directory = Buffer.from(await source.read(start, length));
  const members: Member[] = [];
  for (let at = 0; members.length < count && at + 46 <= directory.length;) {
    if (directory.toString('latin1', at, at + 4) !== 'PK\x01\x02') throw fail('the directory of the archive is broken');
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    members.push(readMember(directory, at, nameLength, extraLength));
    at += 46 + nameLength + extraLength + commentLength;
  }
  return members;
}

function readMember(directory: Buffer, at: number, nameLength: number, extraLength: number): Member {
  const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
  const sizes = {
    size: directory.readUInt32LE(at + 24),
    packedSize: directory.readUInt32LE(at + 20),
    offset: directory.readUInt32LE(at + 42),
  };
  // Zip64: sizes that do not fit stand in an extra field, in this order.
  const extraEnd = at + 46 + nameLength + extraLength;
  for (let extra = at + 46 + nameLength; extra + 4 <= extraEnd; extra += 4 + directory.readUInt16LE(extra + 2)) {
    if (directory.readUInt16LE(extra) !== 1) continue;
    let value = extra + 4;
    for (const key of ['size', 'packedSize', 'offset'] as const) {
      if (sizes[key] !== 0xffffffff || value + 8 > extraEnd) continue;
      sizes[key] = Number(directory.readBigUInt64LE(value));
      value += 8;
    }
  }
  return { name, compressed: directory.readUInt16LE(at + 10) !== 0, ...sizes };
}

/** The bytes of a member: read from the file as needed where it is stored, in memory where it is compressed. */
export async function openMember(handle: FileHandle, member: Member, file: string): Promise<ByteSource> {
  const fail = failing(member, file);
  const { whole, start } = await locate(handle, member, fail);
  if (!member.compressed) return { size: member.packedSize, read: (offset, length) => whole.read(start + offset, length) };
  if (member.size > mostInflated || member.size > member.packedSize * 1032 + 64) {
    throw fail(`compressed and ${member.size} bytes large; save it with numpy.savez, which does not compress`);
  }
  try {
    return memoryBytes(inflateRawSync(await whole.read(start, member.packedSize), { maxOutputLength: member.size }));
  } catch (cause) {
    throw new LatheError('data.npz', `${member.name}: the compressed data is broken`, { file, cause });
  }
}

/** The first bytes of a member, at most so many; of a compressed one no more is unpacked. Throws `data.npz`. */
export async function memberHead(handle: FileHandle, member: Member, length: number, file: string): Promise<Uint8Array> {
  const fail = failing(member, file);
  const { whole, start } = await locate(handle, member, fail);
  if (!member.compressed) return whole.read(start, Math.min(length, member.packedSize));
  // Deflate makes incompressible data longer by 5 bytes in 16 KB (RFC 1951, 3.2.4).
  const packed = await whole.read(start, Math.min(member.packedSize, length + 1024));
  try {
    return inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, length);
  } catch (cause) {
    throw new LatheError('data.npz', `${member.name}: the compressed data is broken`, { file, cause });
  }
}

type Fail = (message: string) => LatheError;

const failing =
  (member: Member, file: string): Fail =>
  (message) =>
    new LatheError('data.npz', `${member.name}: ${message}`, { file });

/** Where the packed bytes of a member begin. */
async function locate(handle: FileHandle, member: Member, fail: Fail): Promise<{ whole: ByteSource; start: number }> {
  const whole = fileBytes(handle, (await handle.stat()).size);
  const local = Buffer.from(await whole.read(member.offset, 30));
  if (local.toString('latin1', 0, 4) !== 'PK\x03\x04') throw fail('the archive is broken');
  const start = member.offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (start + member.packedSize > whole.size) throw fail('the archive is cut off');
  return { whole, start };
}
