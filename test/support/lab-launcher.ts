import { labCdc, type CdcVerb } from '../../src/lab/cdc/lab-cdc.ts';
import { runSupervisor } from '../../src/lab/run-supervisor.ts';
import { runLabProgram } from '../../src/lab/programs/run-lab-program.ts';
import { labControl } from '../../src/lab/lab-control.ts';
import { labUp } from '../../src/lab/lab-up.ts';

/**
 * Stands in for the program in tests of the lab: the hidden commands, `--state-dir D lab reboot-broker --name N`,
 * `--state-dir D lab cdc VERB --name N`, and
 * `own`, which starts a lab that it owns and then waits to be killed.
 */
async function launch([command, ...rest]: readonly string[]): Promise<void> {
  const reply = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  const stateDir = process.env['LAB_STATE_DIR'] ?? '';
  switch (command) {
    case 'lab-supervisor':
      await runSupervisor(process.stdin, reply);
      break;
    case 'lab-program':
      process.exitCode = await runLabProgram(rest[0] ?? '', process.stdin, reply);
      break;
    case '--state-dir':
      if (rest[2] === 'cdc') {
        const which = { name: rest[5] ?? '', stateDir: rest[0] ?? '' };
        const { text, exitCode } = await labCdc(which, rest[3] as CdcVerb, Number(rest[6] ?? 200));
        reply(text);
        process.exitCode = exitCode;
      } else await labControl({ name: rest[4] ?? '', stateDir: rest[0] ?? '' }, 'reboot-broker');
      break;
    case 'own':
      await labUp({
        name: rest[0] ?? '',
        stateDir,
        program: [process.execPath, process.argv[1] ?? ''],
        say: reply,
        owned: true,
      });
      reply('owned');
      setInterval(() => undefined, 1_000);
      break;
    default:
      throw new Error(`unknown command ${command ?? ''}`);
  }
}

await launch(process.argv.slice(2));
