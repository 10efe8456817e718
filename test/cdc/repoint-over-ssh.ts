import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { until } from '../../src/lab/until.ts';
import { runsOf } from '../crash/recovering.ts';
import { startOps } from '../crash/started.ts';
import { esrOps } from '../support/program.ts';
import { describeWithSshd, hostSection } from '../support/sshd.ts';
import type { RepointWorld } from './repoint-world.ts';

/** The vhost that the text of a configuration names. */
function placeIn(text: string): string {
  return /^rabbitmq_virtual_host=(.*)$/m.exec(text)?.[1] ?? '';
}

/** `cdc repoint` with CDC's configuration on a host over SSH, whose cable is pulled in the middle of the write. */
export function repointOverSsh(
  newWorld: (name: string) => Promise<RepointWorld>,
  scripted: (world: RepointWorld) => readonly string[],
): void {
  describeWithSshd('with the configuration on a host over SSH', (sshd) => {
    it('edits it there; a connection that breaks in the write leaves a whole file, and resume finishes', async () => {
      const world = await newWorld('far');
      const { environment, file, to } = world;
      const before = await readFile(file, 'utf8');
      await world.configure((given) => {
        const cdc = given['cdc'] as JsonObject;
        const config = { ...(cdc['config'] as JsonObject), host: 'far' };
        return { ...given, hosts: { far: hostSection(sshd()) as JsonObject }, cdc: { ...cdc, config } };
      });
      const backups = async () => (await readdir(environment.home)).filter((name) => name.endsWith('.bak'));
      const started = startOps(scripted(world), environment);
      // The copy of the old file is made first.
      await until('the write to begin', async () => (await backups()).length > 0, { atMostMs: 120_000, everyMs: 2 });
      await sshd().dropConnections();
      const first = await started.ended;
      expect(['far', 'far-new']).toContain(placeIn(await readFile(file, 'utf8')));
      let last = { code: first.exitCode, said: first.stderr };
      for (let again = 0; last.code !== 0 && again < 3; again += 1) {
        expect([1, 6, 9], last.said).toContain(last.code);
        const resumed = await esrOps(['resume', '--yes'], environment);
        last = { code: resumed.exitCode, said: resumed.stderr };
      }
      expect(last.code, last.said).toBe(0);
      expect(await runsOf(environment)).toHaveLength(1);
      expect((await world.settings()).get('rabbitmq_virtual_host')).toBe(to);
      expect((await stat(file)).mode & 0o777).toBe(0o640);
      expect(await readFile(join(environment.home, (await backups())[0] ?? ''), 'utf8')).toBe(before);
      expect([await world.control('status'), await world.connectedTo()]).toEqual([0, [to]]);
      expect(sshd().log()).not.toContain(world.secret);
      await world.control('stop');
    }, 300_000);
  });
}
