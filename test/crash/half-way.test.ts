import { expect, onTestFinished, test, vi } from 'vitest';
import { esrOps, type Ended } from '../support/program.ts';
import type { Intercept } from '../support/recording-proxy.ts';
import { endOf, expectRecovered, newestJournal, recovery, resumption } from './recovering.ts';
import { openScene, type Scene } from './scene.ts';
import { worldOf } from './vhost-world.ts';

vi.setConfig({ testTimeout: 300_000 });

async function scene(): Promise<Scene> {
  const opened = await openScene();
  onTestFinished(() => opened.remove());
  return opened;
}

const isImport = ({ method, path }: { method: string; path: string }): boolean =>
  method === 'POST' && path.startsWith('/api/definitions/');

/** Passes definitions on without the binding of the dead letters, as a broker that answers 204 and keeps another object. */
const losesABinding: Intercept = (request) => {
  if (!isImport(request)) return undefined;
  const definitions = JSON.parse(request.body.toString('utf8')) as { bindings: { source: string }[] };
  const bindings = definitions.bindings.filter(({ source }) => source !== 'app.dlx');
  expect(bindings).toHaveLength(definitions.bindings.length - 1);
  return { body: Buffer.from(JSON.stringify({ ...definitions, bindings })) };
};

/** Answers an import with an error without having done anything. */
const refusesImport: Intercept = (request) =>
  isImport(request) ? { answer: { status: 500, body: '{"error":"internal","reason":"out of luck"}' } } : undefined;

/** Cuts the connection of whoever asks for the vhost's state after the tool's own permission, the last one, is back. */
function unreadableOnceLifted({ vhost, me }: Scene): Intercept {
  let lifted = false;
  return ({ method, path }) => {
    if (method === 'PUT' && path === `/api/permissions/${vhost.segment}/${me}`) lifted = true;
    if (lifted && method === 'GET' && path === `/api/vhosts/${vhost.segment}`) throw new Error('cut');
    return undefined;
  };
}

async function expectFenced(at: Scene, stopped: Ended): Promise<void> {
  const { reader, writer } = at.others;
  expect(stopped.exitCode, endOf(stopped)).toBe(1);
  const said = stopped.stderr.replaceAll(/\s+/g, ' ');
  expect(said).toContain(`Still fenced out (their permissions are withdrawn): ${reader}, ${writer}.`);
  expect(said).toContain(`Vhost ${at.vhost.name} was deleted and is not whole again.`);
  const { permissions } = await worldOf(at.vhost.segment, at.me);
  expect(permissions).toHaveLength(1);
  expect(permissions?.[0]).toContain(at.me);
  expect((await newestJournal(at.environment)).at(-1)?.entry).toMatchObject({ type: 'run.ended', exit: 'failed' });
}

test.each([
  { what: 'an import that loses a binding and says 204', intercept: losesABinding, names: 'app.dlx' },
  { what: 'an import that is answered with an error', intercept: refusesImport, names: 'out of luck' },
])('$what stops the run while the fence is up; resume finishes it, also after a cut', async ({ intercept, names }) => {
  const at = await scene();
  at.proxy.intercept(intercept);
  const stopped = await esrOps(recovery(at), at.environment);
  expect(stopped.stderr).toContain(names);
  await expectFenced(at, stopped);

  const stillBad = await esrOps(resumption, at.environment);
  await expectFenced(at, stillBad);

  // Everything is made and proved, and then nobody can say whether it runs: nothing is claimed, and resume goes on.
  at.proxy.intercept(unreadableOnceLifted(at));
  const unread = await esrOps(resumption, at.environment);
  expect(unread.exitCode, endOf(unread)).toBe(1);
  expect(unread.stderr).toContain("not known whether: vhost.state == 'running'");
  expect(unread.stderr).not.toContain('The vhost is not running');

  at.proxy.intercept(undefined);
  const resumed = await esrOps(resumption, at.environment);
  expect(resumed.exitCode, endOf(resumed)).toBe(0);
  expect(resumed.stdout).not.toContain('Nothing to do');
  expect(at.deletes()).toBe(1);
  await expectRecovered(at);
});
