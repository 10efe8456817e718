import type { Component, ComponentHealth } from '../../core/component.ts';
import { Fault } from '../../core/fault.ts';
import type { HostReader } from '../../core/host-machine.ts';
import type { ComponentsReader, ComponentStanding } from '../../core/ports-components.ts';
import { visible } from '../../core/visible.ts';
import { systemErrorText } from '../state/system-error.ts';
import { beginningOf } from '../../core/shortened.ts';

/** Longest body that is looked at, bytes. */
const longest = 1024 * 1024;

/** Asks components whether they work, each by its own check. */
export function createHealthReader(hostOf: (name: string | null) => HostReader): Pick<ComponentsReader, 'health'> {
  return {
    health: async (component): Promise<ComponentStanding> => {
      const { health, name } = component;
      if (health === null) return { is: 'unknown', evidence: `the configuration has no health check of ${name}` };
      return health.kind === 'http' ? await askUrl(health) : await askCommand(component, health, hostOf);
    },
  };
}

async function askUrl({
  url,
  status,
  body,
  timeoutMs,
}: Extract<ComponentHealth, { kind: 'http' }>): Promise<ComponentStanding> {
  try {
    const { request } = (await import('undici')).default;
    const answer = await request(url, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await textOf(answer.body);
    if (answer.statusCode !== status)
      return { is: 'unhealthy', evidence: `${url} answered ${answer.statusCode}, not ${status}` };
    if (body !== null && !new RegExp(body, 'u').test(text))
      return { is: 'unhealthy', evidence: `${url} answered ${status} with ${shown(text)}, which is not ${body}` };
    return { is: 'healthy', evidence: `${url} answered ${status}${body === null ? '' : ' as it should'}` };
  } catch (error) {
    const why = error instanceof Error && error.name === 'TimeoutError' ? `nothing within ${timeoutMs} ms` : null;
    return { is: 'unhealthy', evidence: `${url} gave no answer: ${why ?? systemErrorText(error)}` };
  }
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    parts.push(part);
    bytes += part.length;
    if (bytes > longest) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

async function askCommand(
  { host }: Component,
  { command, timeoutMs }: Extract<ComponentHealth, { kind: 'command' }>,
  hostOf: (name: string | null) => HostReader,
): Promise<ComponentStanding> {
  const reader = hostOf(host);
  try {
    const { exitCode, stdout, stderr } = await reader.run({ reads: command }, { timeoutMs });
    const said = shown(stderr.trim() === '' ? stdout : stderr);
    if (exitCode === 0) return { is: 'healthy', evidence: `${command[0]} on ${reader.name} ended with exit code 0` };
    return { is: 'unhealthy', evidence: `${command[0]} on ${reader.name} ended with exit code ${exitCode}: ${said}` };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const [{ message, code }] = error.problems;
    // One that hangs says something of the component; one that could not be run says nothing.
    return { is: code === 'host.timeout' ? 'unhealthy' : 'unknown', evidence: message };
  }
}

function shown(text: string): string {
  return visible(beginningOf(text.trim().replaceAll(/\s+/g, ' '), 200)) || 'nothing';
}
