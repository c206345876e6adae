import { checksums } from './checksums.ts';
import type { Transfer } from './board.ts';
import { diskFull, type Remote } from './remote.ts';
import { damaged, sendBatch } from './sftp-batch.ts';
import type { StagedFile } from './stage.ts';

export interface Upload extends StagedFile {
  /** Path of plain names, relative to our folder on the board. */
  readonly to: string;
}

/** Files of one call of sftp: few enough to tell the progress, enough for small files to go quickly. */
const atOnce = 200;

/** Copies staged files, and compares what has arrived by checksum. Throws `board.disk-full`, `board.checksum`, `ssh.*`. */
export async function upload(remote: Remote, files: readonly Upload[], { signal, onBytes }: Transfer): Promise<void> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const free = remote.connection.greeting.freeBytes;
  if (free !== undefined && total > free) throw diskFull(remote.title, total, free);
  let sent = 0;
  onBytes?.(0, total);
  for (let start = 0; start < files.length; start += atOnce) {
    const some = files.slice(start, start + atOnce);
    await sendBatch(
      remote,
      some.map(({ file, to }) => `put ${file} ${to}`),
      some[0]!.folder,
      signal,
    );
    const found = await checksums(
      remote,
      some.map(({ to }) => to),
      signal,
    );
    const wrong = some.find(({ sha256 }, i) => found[i] !== sha256);
    if (wrong) throw damaged(remote, wrong.to);
    sent += some.reduce((sum, { bytes }) => sum + bytes, 0);
    onBytes?.(sent, total);
  }
}
