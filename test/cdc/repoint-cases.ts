import { createHash } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../src/core/journal.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { jsonLines } from '../../src/lab/json-lines.ts';
import { until } from '../../src/lab/until.ts';
import type { Point } from '../crash/points.ts';
import { endOf, journalOf, killedAt, runsOf } from '../crash/recovering.ts';
import { leaksBelow, leaksIn, watchProcesses } from '../security/leaks.ts';
import { esrOps, type Ended } from '../support/program.ts';
import { killedCase } from './killed-case.ts';
import { repointOverSsh } from './repoint-over-ssh.ts';
import type { SharedLab } from './shared-lab.ts';
import { repointWorld, type RepointWorld } from './repoint-world.ts';

const repoint = ({ to }: RepointWorld): readonly string[] => ['cdc', 'repoint', '--vhost', to, '--user', to];
const scripted = (world: RepointWorld): readonly string[] => [
  ...[...repoint(world), '--yes', '--confirm', `repoint:${world.to}`],
];
const said = ({ stdout, stderr }: Ended): string => `${stdout} ${stderr}`.replaceAll(/\s+/g, ' ');
const digestOf = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

/** What `cdc repoint` must show, each in a world of its own. */
export function repointCases(lab: SharedLab): void {
  const newWorld = (name: string): Promise<RepointWorld> => lab.own(() => repointWorld(lab.scene(), name));
  const inWorld = (name: string, work: (world: RepointWorld) => Promise<void>) => async (): Promise<void> => {
    const world = await newWorld(name);
    await work(world);
    // So many of them at once would only keep the machine busy.
    await world.control('stop');
  };

  // Mostly they wait for heartbeats.
  describe.concurrent('cdc repoint (stand-in for Maxwell)', () => {
    repointOverSsh(newWorld, scripted);

    it(
      'edits, proves, lists who stays behind, shows the password to nobody, and has nothing left to do',
      inWorld('whole', async (world) => {
        const { environment, file, to, secret, clientId, password } = world;
        const { rabbitmq } = lab.scene().lab.running;
        await world.broker('PUT', `users/exporter-of-${clientId}`, { password: 'exporter-password', tags: '' });
        await world.broker('PUT', `permissions/${clientId}/exporter-of-${clientId}`, {
          configure: '^$',
          write: '^$',
          read: '^$',
        });
        const exporter = await connect(
          rabbitmq.amqpUrl.replace('://', `://exporter-of-${clientId}:exporter-password@`) + `/${clientId}`,
          { clientProperties: { connection_name: 'exporter' } },
        );
        const secrets = { planted: secret, old: password };
        const before = await digestOf(file);
        const planFile = join(environment.home, 'plan.json');
        const dry = await esrOps([...repoint(world), '--dry-run', '--out', planFile], environment);
        expect(dry.exitCode, endOf(dry)).toBe(0);
        expect(said(dry)).toContain(`rabbitmq_virtual_host=${to}`);
        expect(said(dry)).toContain('rabbitmq_pass=[secret]');
        expect(said(dry)).toContain(`--confirm repoint:${to}`);
        expect([await digestOf(file), await world.control('status'), await world.connectedTo()]).toEqual([
          before,
          0,
          [clientId],
        ]);
        expect(await readdir(join(environment.dir, 'runs')).catch(() => [])).toEqual([]);
        expect(leaksIn(`${said(dry)}${await readFile(planFile, 'utf8')}`, secrets)).toEqual([]);

        const without = await esrOps([...repoint(world), '--yes'], environment);
        expect([without.exitCode, said(without)]).toEqual([3, expect.stringContaining(`--confirm repoint:${to}`)]);

        const watch = watchProcesses(() => process.pid, secrets);
        const ended = await esrOps(scripted(world), environment);
        const watched = await watch.stop();
        expect(ended.exitCode, endOf(ended)).toBe(0);
        expect(watched.found).toEqual([]);
        const settings = await world.settings();
        expect(settings.get('rabbitmq_virtual_host')).toBe(to);
        expect(settings.get('rabbitmq_user')).toBe(to);
        expect(settings.get('rabbitmq_pass')).toBe(secret);
        expect((await stat(file)).mode & 0o777).toBe(0o640);
        const [run] = await runsOf(environment);
        expect(await digestOf(`${file}.esr-ops-${run ?? ''}.bak`)).toBe(before);
        expect(await world.connectedTo()).toEqual([to]);
        expect(said(ended)).toContain(`connected to vhost ${to} and to no other`);
        expect(said(ended)).toMatch(
          new RegExp(
            `still connected to vhost ${clientId}, and not repointed with CDC: exporter-of-${clientId} \\(exporter`,
          ),
        );
        expect(leaksIn(said(ended), secrets)).toEqual([]);
        expect((await leaksBelow(environment.dir, secrets)).found).toEqual([]);
        await exporter.close();

        const again = await esrOps(scripted(world), environment);
        expect([again.exitCode, said(again)]).toEqual([0, expect.stringContaining('Nothing to do')]);
      }),
      300_000,
    );

    it(
      'refuses a vhost that messages would be lost in, and says why, before anything is touched',
      inWorld('refused', async (world) => {
        const { environment, file, to, clientId } = world;
        const before = await digestOf(file);
        const refusal = async (args: readonly string[], code: number, ...words: readonly string[]): Promise<void> => {
          const ended = await esrOps([...args, '--yes', '--confirm', `repoint:${to}`], environment);
          expect(ended.exitCode, endOf(ended)).toBe(code);
          for (const word of words) expect(said(ended)).toContain(word);
        };
        await refusal(['cdc', 'repoint'], 2, '--vhost');
        await refusal(
          ['cdc', 'repoint', '--vhost', 'refused-nwe', '--user', to],
          4,
          'There is no vhost "refused-nwe".',
          'Did you mean `refused-new`?',
        );
        await refusal(
          ['cdc', 'repoint', '--vhost', to],
          4,
          `User ${clientId}, which CDC would have, has no permission`,
        );
        await refusal(['cdc', 'repoint', '--vhost', to, '--user', 'cdc'], 4, 'brokerUsers.cdc.password');
        await refusal([...repoint(world), '--host', 'mq.example.org'], 4, 'add --accept-host');
        await world.broker('DELETE', 'bindings/{v}/e/maxwell/q/changes/~');
        await refusal(repoint(world), 4, 'Exchange maxwell has no binding');
        await world.broker('POST', 'bindings/{v}/e/maxwell/q/changes', { routing_key: '' });
        await world.configure((given) => ({
          ...given,
          rabbitmq: { ...(given['rabbitmq'] as JsonObject), expected: { queuePrefixes: ['esr.'] } },
        }));
        await refusal(repoint(world), 4, 'do not belong to environment', 'add --foreign queue:changes');
        await writeFile(join(environment.home, 'planted'), 'another-password');
        await refusal([...repoint(world), '--foreign', 'queue:changes'], 4, `The broker refuses user ${to}`);
        await writeFile(join(environment.home, 'planted'), world.secret);
        expect([await digestOf(file), await world.control('status'), await runsOf(environment)]).toEqual([
          before,
          0,
          [],
        ]);

        const planFile = join(environment.home, 'plan.json');
        const planned = [...repoint(world), '--foreign', 'queue:changes', '--dry-run', '--out', planFile];
        expect((await esrOps(planned, environment)).exitCode).toBe(0);
        await appendFile(file, '# by hand\n');
        const stale = await esrOps(['apply', planFile, '--yes', '--confirm', `repoint:${to}`], environment);
        expect(stale.exitCode, endOf(stale)).toBe(8);
        expect([await world.control('status'), await world.connectedTo()]).toEqual([0, [clientId]]);
      }),
      300_000,
    );

    it(
      'leaves a file alone that somebody edits between the stop and the write',
      inWorld('edited', async (world) => {
        const run = esrOps(scripted(world), world.environment);
        await world.intended('repoint');
        await appendFile(world.file, '# by hand\n');
        const edited = await digestOf(world.file);
        const ended = await run;
        expect(ended.exitCode, endOf(ended)).toBe(1);
        expect(said(ended)).toContain('is no longer what it was when this was planned. The file was not changed.');
        expect([await digestOf(world.file), await world.control('status')]).toEqual([edited, 3]);
      }),
      300_000,
    );

    it(
      'ends as not verified where no message gets through',
      inWorld('silent', async (world) => {
        const { environment, to } = world;
        // The same runbook with a shorter wait, and an exchange whose one binding takes none of CDC's messages.
        const folder = join(environment.home, 'runbooks');
        const text = await readFile(new URL('../../runbooks/cdc-repoint.md', import.meta.url), 'utf8');
        await mkdir(folder);
        await writeFile(
          join(folder, 'short.md'),
          text.replaceAll('cdc repoint', 'cdc shortly').replace('atMost: 2m', 'atMost: 4s'),
        );
        await writeFile(
          world.file,
          (await readFile(world.file, 'utf8')).replace(
            'rabbitmq_exchange_type=fanout',
            'rabbitmq_exchange_type=direct',
          ),
        );
        await world.broker('DELETE', 'exchanges/{v}/maxwell');
        await world.broker('PUT', 'exchanges/{v}/maxwell', { type: 'direct', durable: true });
        await world.broker('POST', 'bindings/{v}/e/maxwell/q/changes', { routing_key: 'nothing-of-tis' });
        const [, , ...rest] = scripted(world);
        const ended = await esrOps(['--runbooks', folder, 'cdc', 'shortly', ...rest], environment);
        expect(ended.exitCode, endOf(ended)).toBe(5);
        expect(said(ended)).toContain('not verified: first-message');
        expect(await world.connectedTo()).toEqual([to]);
      }),
      300_000,
    );

    killedCase({ command: 'cdc repoint', thing: 'file', newWorld, args: scripted, killAndResume });
  });
}

async function killAndResume(world: RepointWorld, point: Point): Promise<void> {
  const { environment, clientId, to } = world;
  const before = await digestOf(world.file);
  const killed = await killedAt(scripted(world), environment, point);
  expect(killed.exitCode, endOf(killed)).toBe(137);
  const journal = await wholeRecords(environment);
  const becomes = journal.flatMap(({ entry }) =>
    entry.type === 'step.approved'
      ? entry.changes.flatMap((one) => (one.kind === 'cdc.repoint' ? [one.becomes] : []))
      : [],
  );
  const now = await digestOf(world.file);
  expect([before, ...becomes]).toContain(now);
  // Whatever runs, runs by a whole file: it is where the file says, and nowhere else.
  if ((await world.control('status')) === 0) {
    const place = now === before ? clientId : to;
    await until(`a connection to ${place} alone`, async () => (await world.connectedTo()).join() === place, {
      atMostMs: 60_000,
    });
  }
  const resumed = await esrOps(['resume', '--yes'], environment);
  expect(resumed.exitCode, endOf(resumed)).toBe(0);
  expect(await runsOf(environment)).toHaveLength(1);
  expect((await world.settings()).get('rabbitmq_virtual_host')).toBe(to);
  expect([await world.control('status'), await world.connectedTo()]).toEqual([0, [to]]);
}

/** What is whole of the newest journal: its last line may be torn. */
async function wholeRecords(environment: RepointWorld['environment']): Promise<readonly JournalRecord[]> {
  const run = (await runsOf(environment)).at(-1);
  if (run === undefined) return [];
  return jsonLines(await readFile(journalOf(environment, run), 'utf8')) as readonly JournalRecord[];
}
