import { Fault } from '../../core/fault.ts';

/** A capture that can't be used, naming the file and what is wrong with it. */
export function damaged(path: string, why: string): Fault {
  return new Fault({
    code: 'capture.damaged',
    message: `The capture is damaged: ${path} ${why}.`,
    where: path,
    next: ['use another capture', 'esr-ops vhost capture'],
    exit: 'blocked',
  });
}

/** What a system error means here, in words. */
export function systemTrouble(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'is missing';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be accessed';
  if (code === 'ELOOP') return 'is a symbolic link';
  if (code === 'ENOTDIR') return 'is not a folder';
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'does not fit: the disk is full';
  if (code === 'EIO') return "can't be read or written: the disk reports an error";
  return `can't be used (${code ?? String(error)})`;
}
