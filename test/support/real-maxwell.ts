import { findMaxwell } from '../../src/lab/cdc/find-maxwell.ts';

/**
 * Whether the real Maxwell can be had here. Where it can't, says aloud what is not run; where ESR_OPS_REQUIRE names
 * maven, that is an error.
 */
export async function realMaxwell(): Promise<boolean> {
  const say = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const found = await findMaxwell({ program: [process.execPath], say });
  if (found.kind === 'real') return true;
  if ((process.env['ESR_OPS_REQUIRE'] ?? '').split(',').includes('maven')) throw new Error(found.because);
  say(`NOT RUN: what needs the real Maxwell, because ${found.because}.`);
  return false;
}
