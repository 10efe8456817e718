import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/**
 * Runs a package installation in which no package may start its system service. Debian's tools ask one well-known
 * program, `policy-rc.d`, before they start anything. If there is none, ours is put there for that time only. Should this process
 * be killed meanwhile, the program finds out at its next call, allows what is asked and removes itself.
 *
 * @param policyFile `/usr/sbin/policy-rc.d`, or another path in tests
 * @param asRoot words to put before a command that needs root, e.g. `['sudo', '-n']`
 */
export async function withoutServiceStarts<T>(
  policyFile: string,
  asRoot: readonly string[],
  install: () => Promise<T>,
): Promise<T> {
  if (existsSync(policyFile)) return install();
  const folder = await mkdtemp(join(tmpdir(), 'esr-ops-policy-'));
  const run = async (...argv: string[]): Promise<void> => {
    const [file = '', ...args] = [...asRoot, ...argv];
    await execa(file, args);
  };
  try {
    const draft = join(folder, 'policy-rc.d');
    await writeFile(draft, policyText(policyFile), { mode: 0o600 });
    await run('install', '-m', '755', draft, policyFile);
    return await install();
  } finally {
    await run('rm', '-f', policyFile);
    await rm(folder, { recursive: true, force: true });
  }
}

function policyText(policyFile: string): string {
  // Process ids are used again; together with its start time (the 20th word after the name) one means this process only.
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return `#!/bin/sh
# Put here by esr-ops (process ${process.pid}) while it installs packages whose services are not to be started.
# Once that process has ended this file means nothing: it allows everything and removes itself.
if stat=$(cat /proc/${process.pid}/stat 2>/dev/null); then
  set -- \${stat##*) }
  [ "\${20}" = '${started}' ] && exit 101
fi
rm -f '${policyFile}'
exit 0
`;
}
