import type { CdcSettings } from '../../core/cdc-config.ts';
import type { CdcWriter } from '../../core/cdc-ports.ts';
import type { HostWriter } from '../../core/host-machine.ts';
import { controlCommand, controlFailed, controlTimeoutMs } from './control-commands.ts';

/** Changes to CDC, wherever it is. `hostFor`: a host by its name in the configuration, null for this machine. */
export function createCdcWriter(settings: CdcSettings, hostFor: (name: string | null) => HostWriter): CdcWriter {
  const tell = async (verb: 'start' | 'stop'): Promise<{ readonly evidence: readonly string[] }> => {
    const command = controlCommand(settings.control, verb);
    const host = hostFor(command.host);
    const result = await host.run({ changes: command.command }, { timeoutMs: controlTimeoutMs });
    if (result.exitCode !== 0) throw controlFailed(verb, host.name, command, result);
    return { evidence: [`${host.name}: ${command.command.join(' ')} ended with exit code 0`] };
  };
  return {
    stop: () => tell('stop'),
    start: () => tell('start'),
    writeConfig: (bytes, edit) => hostFor(settings.config.host).writeFileAtomically(settings.config.file, bytes, edit),
  };
}
