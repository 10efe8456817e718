import type { CdcSettings } from '../../core/cdc-config.ts';
import type { CdcConfigReading, CdcProcess, CdcReader } from '../../core/cdc-ports.ts';
import type { CommandResult, HostReader } from '../../core/host-machine.ts';
import { readMaxwellSettings } from '../../core/maxwell-settings.ts';
import { controlCommand, controlFailed, controlKind, type ControlVerb } from './control-commands.ts';
import { containerLogLines, linesOf } from './log-lines.ts';
import { commandState, containerState, unitState } from './process-state.ts';

/** A configuration file is no longer than this. */
const maxConfigBytes = 1024 * 1024;

/** Milliseconds for a look at the process or its log. */
const lookTimeoutMs = 30_000;

/** Reads of CDC, wherever it is. `hostFor`: a host by its name in the configuration, null for this machine. */
export function createCdcReader(settings: CdcSettings, hostFor: (name: string | null) => HostReader): CdcReader {
  const { control } = settings;
  const ask = async (verb: ControlVerb, lines = 0): Promise<CommandResult> => {
    const { command, host } = controlCommand(control, verb, lines);
    return hostFor(host).run({ reads: command }, { timeoutMs: lookTimeoutMs });
  };
  return {
    readConfig: () => readCdcConfig(hostFor(settings.config.host), settings),
    status: async (): Promise<CdcProcess> => {
      const result = await ask('status');
      if ('container' in control) return containerState(control.container, result);
      if ('systemd' in control) return unitState(control.systemd, result);
      return commandState(control.status.command[0], result);
    },
    logs: async (lines) => {
      const result = await ask('logs', lines);
      const command = controlCommand(control, 'logs', lines);
      if (result.exitCode !== 0) throw controlFailed('logs', hostFor(command.host).name, command, result);
      const all = controlKind(control) === 'container' ? containerLogLines(result) : linesOf(result.stdout);
      return lines === 0 ? [] : all.slice(-lines);
    },
  };
}

/** CDC's configuration file with the settings that Maxwell takes from it. */
export async function readCdcConfig(host: HostReader, settings: CdcSettings): Promise<CdcConfigReading> {
  const { config } = settings;
  const { bytes, sha256, modifiedAt } = await host.readFile(config.file, { maxBytes: maxConfigBytes });
  return {
    where: `${host.name}:${config.file}`,
    bytes,
    sha256,
    modifiedAt,
    config: readMaxwellSettings(bytes, config, config.file),
  };
}
