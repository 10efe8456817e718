// Recreates a vhost of many queues and bindings in turn with three requests by curl and with the program, on one broker.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { stringify } from 'yaml';

const preload = new URL('./peak-memory.mjs', import.meta.url).href;
const vhost = 'bench';

/** As many queues as asked for, each with one binding to one topic exchange. */
function manyQueues(count) {
  const names = Array.from({ length: count }, (_, index) => `esr.queue.${String(index).padStart(5, '0')}`);
  return {
    queues: names.map((name) => ({ name, durable: true, auto_delete: false, arguments: {} })),
    exchanges: [
      { name: 'esr.exchange', type: 'topic', durable: true, auto_delete: false, internal: false, arguments: {} },
    ],
    bindings: names.map((name) => ({
      source: 'esr.exchange',
      destination: name,
      destination_type: 'queue',
      routing_key: `${name}.#`,
      arguments: {},
    })),
    policies: [],
    parameters: [],
  };
}

/**
 * @param {{ managementUrl: string, amqpUrl: string, user: string, password: string }} broker where to measure
 * @param {string} folder a private folder
 * @param {{ queues: number, rounds: number, program: string, say: (line: string) => void }} options
 * @returns {Promise<{ curlMs: number[], programMs: number[], peakMb: number[] }>} one number a round
 */
export async function measureRecreate(broker, folder, { queues, rounds, program, say }) {
  const definitions = join(folder, 'definitions.json');
  await writeFile(definitions, JSON.stringify(manyQueues(queues)));
  const curl = await curlFor(broker, folder);
  const threeRequests = async () => {
    await curl('DELETE', `vhosts/${vhost}`);
    await curl('PUT', `vhosts/${vhost}`, '{}');
    await curl('POST', `definitions/${vhost}`, `@${definitions}`);
  };
  await curl('PUT', `vhosts/${vhost}`, '{}');
  await curl('POST', `definitions/${vhost}`, `@${definitions}`);
  const recreate = await programFor(broker, folder, program);
  const results = { curlMs: [], programMs: [], peakMb: [] };
  for (let round = 1; round <= rounds; round += 1) {
    const curlMs = await timed(threeRequests);
    const from = performance.now();
    const peakMb = await recreate(round);
    const programMs = performance.now() - from;
    say(`round ${round}: curl ${Math.round(curlMs)} ms, program ${Math.round(programMs)} ms, peak ${peakMb} MB`);
    results.curlMs.push(curlMs);
    results.programMs.push(programMs);
    results.peakMb.push(peakMb);
    const there = JSON.parse(await curl('GET', `definitions/${vhost}`));
    if (there.queues.length !== queues || there.bindings.length !== queues)
      throw new Error(
        `after round ${round} there are ${there.queues.length} queues, ${there.bindings.length} bindings`,
      );
  }
  return results;
}

async function timed(work) {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

async function curlFor(broker, folder) {
  const netrc = join(folder, 'netrc');
  await writeFile(netrc, `machine 127.0.0.1 login ${broker.user} password ${broker.password}\n`, { mode: 0o600 });
  return async (method, path, body) => {
    const args = ['--silent', '--show-error', '--fail', '--netrc-file', netrc, '--noproxy', '*', '--request', method];
    if (body !== undefined) args.push('--header', 'content-type: application/json', '--data-binary', body);
    const { stdout } = await execa('curl', [...args, `${broker.managementUrl}/api/${path}`]);
    return stdout;
  };
}

async function programFor(broker, folder, program) {
  await mkdir(join(folder, 'home'), { mode: 0o700 });
  await writeFile(join(folder, 'password'), broker.password, { mode: 0o600 });
  const config = {
    version: 1,
    environments: {
      bench: {
        cdc: 'none',
        rabbitmq: {
          management: broker.managementUrl,
          amqp: broker.amqpUrl,
          user: broker.user,
          password: { file: join(folder, 'password') },
          vhost,
          expected: { consumers: 0 },
        },
      },
    },
  };
  await writeFile(join(folder, 'config.yaml'), stringify(config), { mode: 0o600 });
  return async (round) => {
    const peak = join(folder, `peak-${round}`);
    const args = ['vhost', 'recreate', '--yes', '--confirm', `recreate:${vhost}`];
    await execa(process.execPath, ['--import', preload, program, ...args], {
      env: {
        HOME: join(folder, 'home'),
        XDG_STATE_HOME: join(folder, 'state'),
        ESR_OPS_CONFIG: join(folder, 'config.yaml'),
        NO_COLOR: '1',
        PEAK_MEMORY_FILE: peak,
      },
      stdin: 'ignore',
    });
    return Math.round(Number(await readFile(peak, 'utf8')) / 1024);
  };
}

/** The program of this working copy, as `npm run build` made it. */
export const builtProgram = fileURLToPath(new URL('../../bin/esr-ops.mjs', import.meta.url));
