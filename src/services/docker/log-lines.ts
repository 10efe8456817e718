import type { ContainerLogLine, LogSignature } from '../../core/container.ts';
import type { CommandResult } from '../../core/host-machine.ts';

const stamped = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.?(\d*)Z (.*)$/;

/** Lines of `docker logs --timestamps`: its two outputs put together again by their times, and marked. */
export function logLines(
  { stdout, stderr }: CommandResult,
  signatures: readonly LogSignature[],
): readonly ContainerLogLine[] {
  const tried = signatures.map(({ name, pattern }) => ({ name, pattern: new RegExp(pattern, 'u') }));
  return [...stdout.split(/\r?\n/), ...stderr.split(/\r?\n/)]
    .flatMap((line) => {
      const [whole, second = '', fraction = '', text = ''] = stamped.exec(line) ?? [];
      if (whole === undefined) return [];
      const signature = tried.find(({ pattern }) => pattern.test(text))?.name ?? null;
      return [{ at: `${second}.${fraction.padEnd(9, '0')}Z`, text, signature }];
    })
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
