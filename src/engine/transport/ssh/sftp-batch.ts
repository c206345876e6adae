import { LatheError } from '../../base/errors.ts';
import { quoteSftp } from './names.ts';
import { complaint, type Remote } from './remote.ts';

/** Lines of sftp's language, in our folder. */
export async function sendBatch(remote: Remote, lines: readonly string[], folder: string, signal: AbortSignal): Promise<void> {
  const batch = [`cd ${quoteSftp(remote.folder)}`, ...lines, ''].join('\n');
  const finished = await remote.connection.sftp(batch, folder, { signal, keptBytes: 64 * 1024 });
  if (finished.exitCode !== 0) throw complaint(finished, remote.title, `copying to or from ${remote.title} failed`);
}

export const damaged = ({ title }: Remote, file: string): LatheError =>
  new LatheError(
    'board.checksum',
    `${file} arrived on ${title} with other bytes than were sent`,
    { hint: 'Look at its disk, and try again.' },
    1,
  );
