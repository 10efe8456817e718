import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findProgram, lookForPart, thisMachine, type Machine } from '../server-parts.ts';
import { fetchMaxwell, maxwellCache, maxwellVersion } from './fetch-maxwell.ts';
import { writeRemovedJavaClass } from './removed-java-class.ts';

/** What captures changes in a lab. */
export type MaxwellProgram =
  | {
      readonly kind: 'real';
      readonly version: string;
      /** How people are told what it is. */
      readonly label: string;
      /** Needs `--config FILE` after it. */
      readonly argv: readonly [string, ...string[]];
    }
  | {
      readonly kind: 'stand-in';
      /** Why the real one is not used. */
      readonly because: string;
      readonly label: string;
      /** The configuration file's path comes on its standard input. */
      readonly argv: readonly [string, ...string[]];
    };

/** Where to look, and what to say meanwhile. */
export interface MaxwellSearch {
  /** argv of this program up to a hidden command; the stand-in is started with it. */
  readonly program: readonly [string, ...string[]];
  readonly say: (line: string) => void;
  /** `real` or the `stand-in` only; default: the real one where it can be had. */
  readonly want?: 'real' | 'stand-in';
  /** Default: this machine. */
  readonly machine?: Machine;
}

/** What the stand-in is called wherever it shows. */
export const standInLabel = 'stand-in for Maxwell';

/**
 * Finds the real Maxwell: in `MAXWELL_HOME` (an unpacked release, with `lib/*.jar`), or through Maven where it and Java
 * are there; otherwise the stand-in, with the reason.
 * @throws Error when the real one is wanted and can't be had
 */
export async function findMaxwell(search: MaxwellSearch): Promise<MaxwellProgram> {
  const real = search.want === 'stand-in' ? 'it was asked for' : await findReal(search);
  if (typeof real !== 'string') return real;
  if (search.want === 'real') throw new Error(`the real Maxwell can't be had here: ${real}`);
  return {
    kind: 'stand-in',
    because: real,
    label: `${standInLabel} (${real})`,
    argv: [...search.program, 'lab-program', 'maxwell-stand-in'],
  };
}

async function findReal({ say, machine = thisMachine() }: MaxwellSearch): Promise<MaxwellProgram | string> {
  const java = findProgram(machine, 'java');
  if (java === undefined) return 'there is no java here';
  const home = machine.env['MAXWELL_HOME'];
  if (home !== undefined && home !== '') {
    const version = await versionIn(join(home, 'lib'));
    if (version === undefined) return `MAXWELL_HOME (${home}) holds no lib/maxwell-VERSION.jar`;
    const classes = join(dirname(maxwellCache(machine.env)), 'classes');
    await writeRemovedJavaClass(classes);
    return realOne(java, version, join(home, 'lib'), classes);
  }
  const maven = lookForPart(machine, 'maven');
  if (!maven.present) return maven.because;
  const cache = maxwellCache(machine.env);
  const failed = await fetchMaxwell(cache, say);
  if (failed !== undefined) return failed;
  return realOne(java, maxwellVersion, join(cache, 'lib'), join(cache, 'classes'));
}

async function versionIn(lib: string): Promise<string | undefined> {
  const files = await readdir(lib).catch(() => []);
  return files.map((name) => /^maxwell-(\d[\w.]*)\.jar$/.exec(name)?.[1]).find((version) => version !== undefined);
}

function realOne(java: string, version: string, lib: string, classes: string): MaxwellProgram {
  return {
    kind: 'real',
    version,
    label: `Maxwell ${version}`,
    // It copies little and waits much: a small heap and the plain collector start faster and take half the memory.
    argv: [
      java,
      '-Xmx192m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-cp',
      `${classes}:${join(lib, '*')}`,
      'com.zendesk.maxwell.Maxwell',
    ],
  };
}
