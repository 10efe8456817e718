import type { RunningLab } from '../lab-files.ts';
import { labLoads, labOffices } from './etl-loads.ts';

/** The host that jobs of this machine are run on: this one, with its notes in the lab's folder. */
const jobsHost = 'etl-jobs';

/** Sections of a lab's configuration for its load types, and for ESR-ETL where it is no container. */
export function etlSections(etl: NonNullable<RunningLab['etl']>, docker: RunningLab['docker']): object {
  const { s3, zone } = etl;
  return {
    localOffices: [...labOffices],
    ...(etl.run.kind === 'program' ? { hosts: { [jobsHost]: { through: etl.through } } } : {}),
    ...(s3 === null
      ? {}
      : {
          s3: {
            endpoint: s3.endpoint,
            region: s3.region,
            pathStyle: true,
            credentials: {
              accessKeyId: { file: s3.accessKeyIdFile },
              secretAccessKey: { file: s3.secretAccessKeyFile },
            },
          },
        }),
    ...(docker === undefined
      ? {
          components: {
            'esr-etl': {
              aliases: ['etl'],
              is: 'ESR-ETL: runs the load types by schedule.',
              isNot: ['Not ESR, which this lab does not have: it comes with Docker.'],
              owner: 'whoever started the lab',
              control: 'person',
            },
          },
        }
      : {}),
    loadTypes: Object.fromEntries(
      Object.entries(labLoads(s3?.bucket ?? null)).map(([name, { cron, config }]) => [
        name,
        {
          ...config,
          component: 'esr-etl',
          run: runOf(etl, docker),
          parameters: { deanery: { type: 'deanery', help: 'only for this Local Office; without it for all' } },
          schedule: { cron, zone },
          usually: '10s',
          evidenceWithin: '20s',
          log: { succeeded: ['^INFO Job finished'], failed: ['^ERROR'] },
          busy: etl.run.kind === 'image' ? { containers: ['^scheduled-'] } : { command: ['sh', '-c', 'exit 3'] },
        },
      ]),
    ),
  };
}

function runOf({ run }: NonNullable<RunningLab['etl']>, docker: RunningLab['docker']): object {
  const args = [...run.args, '${loadType}', '${date}', { when: 'deanery', words: ['${deanery}'] }];
  if (run.kind === 'program') return { program: run.program, args, host: jobsHost };
  return {
    image: run.image,
    options: run.options,
    args,
    ...(docker === undefined ? {} : { docker: docker.endpoint }),
  };
}
