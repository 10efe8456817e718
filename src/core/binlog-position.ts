import { Fault } from './fault.ts';

/** A place in the binary log: the byte at which the next event begins. */
export interface BinlogPosition {
  /** File name as the server lists it, such as `mysql-bin.000042`. */
  readonly file: string;
  /** Offset in bytes; 4 is the first event of a file. */
  readonly offset: number;
}

/**
 * Which of two positions of one server comes first: negative, 0 or positive. Files are ordered by the number at their
 * end, because names stop sorting as text when the number grows a digit.
 */
export function compareBinlogPositions(a: BinlogPosition, b: BinlogPosition): number {
  return fileNumber(a.file) - fileNumber(b.file) || a.offset - b.offset;
}

/** The number at the end of a binlog file's name; NaN when there is none. */
export function fileNumber(file: string): number {
  return Number(/\.(\d+)$/.exec(file)?.[1] ?? Number.NaN);
}

/** `FILE:OFFSET`, the form that Maxwell and people write. */
export function positionText({ file, offset }: BinlogPosition): string {
  return `${file}:${offset}`;
}

/** Whether a text is meant as a position, right or wrong: it ends in `.DIGITS:DIGITS`, as no time does. */
export function meansBinlogPosition(text: string): boolean {
  return /\.\d+:\d+$/.test(text.trim());
}

/** Reads `FILE:OFFSET`. Fault `binlog.position` (exit usage) for anything else. */
export function parseBinlogPosition(text: string): BinlogPosition {
  const [, file, offset] = /^([^\s:/]+\.\d+):(\d{1,15})$/.exec(text) ?? [];
  if (file === undefined || offset === undefined || Number(offset) < 4)
    throw new Fault({
      code: 'binlog.position',
      message: `${JSON.stringify(text)} is no binlog position.`,
      exit: 'usage',
      next: ['write it as FILE:OFFSET, such as mysql-bin.000042:1234 (the first possible offset is 4)'],
    });
  return { file, offset: Number(offset) };
}
