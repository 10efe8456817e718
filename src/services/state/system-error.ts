/** Code of an error of the operating system (`ENOENT`, `EADDRINUSE`, …); null for any other error. */
export function systemErrorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** What an operating system error means to a person: `no space left on the disk (ENOSPC)`. */
export function systemErrorText(error: unknown): string {
  const code = systemErrorCode(error);
  if (code === null) return error instanceof Error ? error.message : String(error);
  return `${meanings[code] ?? 'the operating system refused'} (${code})`;
}

const meanings: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk reported an error',
  EFBIG: 'the file may not grow any larger',
  ENOENT: 'it does not exist',
  ENOTDIR: 'part of the path is not a folder',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a symbolic link',
  EEXIST: 'it exists already',
  EMFILE: 'too many open files',
};
