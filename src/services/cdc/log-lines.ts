import type { CommandResult } from '../../core/host-machine.ts';

const stamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.?(\d*)Z /;

/** Lines of `docker logs --timestamps`: its two outputs put together again by their times, which are taken off. */
export function containerLogLines({ stdout, stderr }: CommandResult): readonly string[] {
  const lines = [...linesOf(stdout), ...linesOf(stderr)].map((line) => {
    const found = stamp.exec(line);
    return found === null
      ? { at: '', line }
      : { at: `${found[1] ?? ''}.${(found[2] ?? '').padEnd(9, '0')}`, line: line.slice(found[0].length) };
  });
  return lines.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).map(({ line }) => line);
}

/** Lines of an output, without an empty one at its end. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
