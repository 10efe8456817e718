import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { writeRemovedJavaClass } from './removed-java-class.ts';

/** The newest Maxwell on Maven Central (1.17.0 is the only other one there; releases after 2019 were not put there). */
export const maxwellVersion = '1.22.6';

const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1';

/** Longest wait for Maven: about 20 s on a good line, 40 MB in 96 files. */
const atMostMs = 300_000;

/** Folder that Maxwell's jars are kept in from one lab to the next. */
export function maxwellCache(env: Readonly<Record<string, string | undefined>>): string {
  const cache = env['XDG_CACHE_HOME'];
  const home = env['HOME'] ?? homedir();
  return join(cache === undefined || cache === '' ? join(home, '.cache') : cache, 'esr-ops', 'maxwell', maxwellVersion);
}

/**
 * Has Maven resolve Maxwell with its dependencies into `cache`, unless they are there already; all or nothing, so that
 * an interrupted download is never taken for a whole one.
 * @returns why it could not be had, or undefined when it is there
 */
export async function fetchMaxwell(cache: string, say: (line: string) => void): Promise<string | undefined> {
  if (existsSync(join(cache, 'lib', `maxwell-${maxwellVersion}.jar`))) return undefined;
  say(`Maven fetches Maxwell ${maxwellVersion}, once for all labs.`);
  const work = await mkdtemp(join(tmpdir(), 'esr-ops-maxwell-'));
  const fresh = `${cache}.${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(join(work, 'pom.xml'), pom);
    await mkdir(fresh, { recursive: true, mode: 0o700 });
    const got = await execa(
      'mvn',
      ['-B', '-q', `${plugin}:copy-dependencies`, `-DoutputDirectory=${join(fresh, 'lib')}`],
      { cwd: work, reject: false, all: true, stdin: 'ignore', timeout: atMostMs },
    );
    if (got.failed) {
      const why = got.all.split('\n').find((line) => line.includes('[ERROR]')) ?? got.shortMessage;
      return `Maven could not get com.zendesk:maxwell:${maxwellVersion}: ${why}`;
    }
    await writeRemovedJavaClass(join(fresh, 'classes'));
    // Another lab may have been faster; its copy is as good.
    await rename(fresh, cache).catch((error: unknown) => {
      if (!existsSync(join(cache, 'lib'))) throw error;
    });
    return undefined;
  } finally {
    await rm(work, { recursive: true, force: true });
    await rm(fresh, { recursive: true, force: true });
  }
}

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>esr-ops.lab</groupId>
  <artifactId>maxwell-for-a-lab</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>com.zendesk</groupId>
      <artifactId>maxwell</artifactId>
      <version>${maxwellVersion}</version>
    </dependency>
  </dependencies>
</project>
`;
