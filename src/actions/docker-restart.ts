import * as z from 'zod';
import { nothing, type Action, type Decision } from '../core/action.ts';
import { componentEngine } from '../core/component-engine.ts';
import type { Component } from '../core/component.ts';
import type { ContainerStatus, DiskSpace } from '../core/container.ts';
import { dockerOf } from '../core/docker-settings.ts';
import { restartFate, type RestartFate } from '../core/restart-fate.ts';

const schema = z.object({ host: z.string() });

/** Restarts the daemon of a host, knowing what that does to each container. */
export const dockerRestart: Action<z.infer<typeof schema>> = {
  verb: 'docker.restart',
  help: "restart a host's Docker daemon with the configured command, and say what became of each container",
  args: { host: 'string' },
  affects: ['docker.', 'component.'],
  reads: ['docker.'],
  settles: 'run',
  outputs: {},
  schema,
  plan: async ({ host }, { readers, environment }): Promise<Decision> => {
    const place = { host, endpoint: null };
    const docker = readers.docker(place);
    const daemon = await docker.daemon();
    const command = dockerOf(environment.docker, host).restart.join(' ');
    if (daemon.is !== 'up') {
      return {
        ...nothing,
        changes: [{ kind: 'docker.restart', ...place, before: null }],
        unknown: [
          `the daemon is ${daemon.is} (${daemon.evidence}), so which containers there are, and what becomes of them, is not known`,
        ],
        notes: [`it is restarted with: ${command}`],
      };
    }
    const [containers, zombies, disk] = await Promise.all([
      docker.containers(),
      docker.zombies().catch(() => []),
      docker.disk(daemon.dataRoot).catch(() => null),
    ]);
    const before = containers.map((container) => ({
      name: container.name,
      id: container.id,
      state: container.state,
      startedAt: container.startedAt,
      fate: restartFate(container, daemon.liveRestore),
    }));
    const owners = new Map(environment.components.flatMap((one) => containerOf(one, host)));
    return {
      ...nothing,
      changes: [{ kind: 'docker.restart', ...place, before }],
      notes: [
        `it is restarted with: ${command}`,
        ...containers.map((container) => fateNote(container, daemon.liveRestore, owners)),
        ...(zombies.length === 0
          ? []
          : [
              `${zombies.length} zombie process(es) on ${host}: ${zombies
                .slice(0, 5)
                .map(({ program, pid }) => `${program} ${pid}`)
                .join(', ')}`,
            ]),
        ...diskNotes(disk),
      ],
    };
  },
};

function containerOf(component: Component, host: string): readonly (readonly [string, string])[] {
  const { control, name } = component;
  if (control.kind !== 'container' || componentEngine(component).host !== host) return [];
  return [[control.container, name]];
}

function fateNote(container: ContainerStatus, liveRestore: boolean, owners: ReadonlyMap<string, string>): string {
  const { name, state, policy, health } = container;
  const owner = owners.get(name);
  const what = owner === undefined || owner === name ? name : `${name} (${owner})`;
  const how = [state, ...(health === null ? [] : [health]), `policy ${policy.name}`].join(', ');
  return `${what}, ${how}: ${fateWords[restartFate(container, liveRestore)]}`;
}

const fateWords: Readonly<Record<RestartFate, string>> = {
  'keeps-running': 'runs on (live-restore)',
  'comes-back': 'is stopped and comes back by its policy',
  'may-come-back': 'is stopped; its policy starts it again only if it ends with an error',
  'stays-down': 'is stopped and does NOT come back by itself',
  'is-started': 'is started with the daemon by its policy, though it does not run now',
  vanishes: 'VANISHES: it is gone afterwards, and nothing but the configuration makes it anew',
  stays: 'stays as it is',
  unknown: 'the daemon gives no answer about it; what becomes of it is not known',
};

function diskNotes(disk: DiskSpace | null): readonly string[] {
  if (disk === null) return [];
  const share = (part: { readonly free: number; readonly total: number }): number => part.free / part.total;
  const tight = share(disk.bytes) < 0.05 || (disk.inodes !== null && share(disk.inodes) < 0.05);
  if (!tight) return [];
  const inodes = disk.inodes === null ? '' : `, ${disk.inodes.free} inodes`;
  return [
    `the disk of ${disk.path} is nearly full: ${Math.floor(disk.bytes.free / 2 ** 20)} MiB free${inodes}; a restart does not change that`,
  ];
}
