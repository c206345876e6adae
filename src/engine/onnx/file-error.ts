import { LatheError } from '../base/errors.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'access is denied',
  EPERM: 'access is denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'part of its path is no folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  EMFILE: 'too many files are open',
  ELOOP: 'its path is a circle of links',
  ENAMETOOLONG: 'its name is too long',
};

/** An operating system's error as ours: `file.read` for what the user named, `file.write` (exit code 1) for what the work needed. */
export function fileError(error: unknown, path: string, doing: 'read' | 'write'): LatheError {
  if (error instanceof LatheError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  const verb = doing === 'read' ? 'read' : 'written';
  return new LatheError(`file.${doing}`, `the file can't be ${verb}: ${reason}`, { file: path, cause: error }, doing === 'read' ? 2 : 1);
}
