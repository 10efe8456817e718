import * as z from 'zod';
import { argv, duration, text } from './schema-values.ts';

const engine = z
  .strictObject({
    endpoint: text
      .regex(/^(unix|tcp):\/\/./, 'must be like unix:///run/docker.sock')
      .optional()
      .describe("The client's --host there. Default: what the client takes by itself."),
    client: text.optional().describe('Name or path of the Docker client there. Default docker.'),
    restart: argv.optional().describe('Restarts the daemon. Default systemctl restart docker.'),
    restartLimit: duration.optional().describe('In which the daemon must answer again. Default 3m.'),
    answerTimeout: duration.optional().describe('Silence after which the daemon counts as hung. Default 10s.'),
  })
  .describe('The Docker engine of a host.');

/** Docker engines by the host that they are on. */
export const docker = z
  .record(text, engine)
  .describe('Docker engines, by the name of the host (of `hosts`, or local) that each is on.');

/** One engine as the file has it. */
export type DockerFileEntry = z.infer<typeof engine>;
