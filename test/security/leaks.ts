import { readdirSync, readFileSync } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Secrets by the name that a failure calls them. */
export type Secrets = Readonly<Record<string, string>>;

const forms = new Map<string, readonly string[]>();

/** The forms in which a secret could be found, as it is and written for URLs, JSON, headers and dumps. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const escaped = JSON.stringify(secret).slice(1, -1);
  const url = encodeURIComponent(secret);
  return [
    secret,
    url,
    url.toLowerCase(),
    encodeURI(secret),
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    bytes.toString('hex'),
    bytes.toString('base64url').replace(/=+$/, ''),
    // In the middle of something longer, as in a Basic header: each of the three ways that base64 can fall, edges cut.
    ...[0, 1, 2].map((before) =>
      Buffer.concat([Buffer.alloc(before), bytes])
        .toString('base64')
        .replace(/=+$/, '')
        .slice(before === 0 ? 0 : before + 1, -1),
    ),
  ];
}

/** Names of the secrets that a text holds in any form. */
export function leaksIn(text: string, secrets: Secrets): readonly string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => {
      const known = forms.get(secret) ?? formsOf(secret);
      forms.set(secret, known);
      return known.some((form) => text.includes(form));
    })
    .map(([name]) => name);
}

/** Every file below a folder that holds a secret, and every file or folder that others could read. */
export async function leaksBelow(
  folder: string,
  secrets: Secrets,
): Promise<{ readonly files: number; readonly found: readonly string[]; readonly open: readonly string[] }> {
  const found: string[] = [];
  const open: string[] = [];
  let files = 0;
  for (const name of ['.', ...(await readdir(folder, { recursive: true }))]) {
    const path = join(folder, name);
    const stats = await lstat(path);
    const wanted = stats.isDirectory() ? 0o700 : 0o600;
    if ((stats.mode & 0o777) !== wanted) open.push(`${name} ${(stats.mode & 0o777).toString(8)}`);
    for (const secret of leaksIn(name, secrets)) found.push(`${secret} in the name ${name}`);
    if (!stats.isFile()) continue;
    files += 1;
    for (const secret of leaksIn(await readFile(path, 'utf8'), secrets)) found.push(`${secret} in ${name}`);
  }
  return { files, found, open };
}

/** Looks at every process's arguments, and at the environment of one process and all below it, until it is stopped. */
export function watchProcesses(
  root: () => number,
  secrets: Secrets,
): { stop(): Promise<{ readonly looks: number; readonly seen: number; readonly found: readonly string[] }> } {
  const found = new Set<string>();
  const seen = new Set<string>();
  const looked = new Set<string>();
  let looks = 0;
  const state = { stopped: false };
  const look = (): void => {
    const parents = new Map<string, string>();
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const argv = read(`/proc/${pid}/cmdline`);
      if (!looked.has(argv))
        for (const secret of leaksIn(argv, secrets)) found.add(`${secret} in argv: ${argv.replaceAll('\0', ' ')}`);
      looked.add(argv);
      parents.set(pid, /^\d+ \(.*\) \S (\d+)/s.exec(read(`/proc/${pid}/stat`))?.[1] ?? '0');
    }
    for (const pid of parents.keys()) {
      if (!isBelow(pid, String(root()), parents)) continue;
      seen.add(pid);
      const environ = read(`/proc/${pid}/environ`);
      if (looked.has(environ)) continue;
      looked.add(environ);
      for (const secret of leaksIn(environ, secrets))
        found.add(`${secret} in the environment of ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
    }
    looks += 1;
  };
  const done = (async () => {
    while (!state.stopped) {
      look();
      await sleep(3);
    }
  })();
  return {
    async stop() {
      state.stopped = true;
      await done;
      return { looks, seen: seen.size, found: [...found] };
    },
  };
}

function isBelow(pid: string, root: string, parents: ReadonlyMap<string, string>): boolean {
  let at = pid;
  while (at !== '0' && at !== root) at = parents.get(at) ?? '0';
  return at === root;
}

/** A process may be gone by the time that it is looked at. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
