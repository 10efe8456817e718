import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { Fault } from '../core/fault.ts';

/** Where the files of one lab are. Everything below `folder` is removed when the lab goes down. */
export interface LabFiles {
  readonly name: string;
  readonly folder: string;
  /** {@link LabDescriptor} as JSON. */
  readonly descriptor: string;
  /** Configuration file with the environment `lab`. */
  readonly config: string;
  /** One file for each secret. */
  readonly secrets: string;
  /** What the load writes down. */
  readonly publisherRecord: string;
  readonly consumerRecord: string;
  /** Of change data capture, where the lab has it. */
  readonly cdc: {
    readonly folder: string;
    /** Maxwell's configuration; holds passwords. */
    readonly properties: string;
    readonly log: string;
    /** What the writer of rows and the consumer of changes write down. */
    readonly written: string;
    readonly delivered: string;
    /** What a fault took away, for healing. */
    readonly taken: string;
  };
}

const secretFile = z.string().describe('path of a 0600 file that holds the secret and nothing else');

const descriptorSchema = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  /** Marker in the environment of all its processes. */
  labId: z.string(),
  /** Private folder of the servers, short, under the system's temporary folder. */
  privateFolder: z.string(),
  /** Absent until the servers are ready. */
  running: z
    .strictObject({
      supervisorPid: z.number(),
      /** Unix socket that the supervisor obeys. */
      control: z.string(),
      readyAt: z.string(),
      rabbitmq: z.strictObject({
        managementUrl: z.string(),
        amqpUrl: z.string(),
        amqp: z.strictObject({ host: z.string(), port: z.number() }),
        nodeName: z.string(),
        erlang: z.strictObject({ node: z.string(), home: z.string(), epmdPort: z.number() }),
        vhost: z.string(),
        /** The administrator that esr-ops itself uses in the lab. */
        user: z.string(),
        passwordFile: secretFile,
      }),
      mariadb: z.strictObject({
        host: z.string(),
        port: z.number(),
        socket: z.string(),
        reader: z.strictObject({ user: z.string(), passwordFile: secretFile }),
        root: z.strictObject({ user: z.string(), passwordFile: secretFile }),
      }),
      /** Passwords of the services' users, by user name. */
      servicePasswordFiles: z.record(z.string(), secretFile),
      federationPasswordFile: secretFile,
      /** Whether publisher and consumer were started. */
      load: z.boolean(),
      /** Absent: no change data capture was started. */
      cdc: z
        .strictObject({
          kind: z.enum(['real', 'stand-in']),
          /** How people are told what it is. */
          label: z.string(),
          properties: z.string(),
          log: z.string(),
          /** The broker's user that publishes. */
          user: z.string(),
          clientId: z.string(),
          schemaDatabase: z.string(),
          exchange: z.string(),
          queue: z.string(),
          /** The account that may write the stored position. */
          position: z.strictObject({ user: z.string(), passwordFile: secretFile }),
          /** Whether rows are being changed. */
          writer: z.boolean(),
        })
        .optional(),
      /** Absent: no Docker engine was started. */
      docker: z
        .strictObject({
          /** `unix:///…`. */
          endpoint: z.string(),
          /** Path of the client. */
          client: z.string(),
          dataRoot: z.string(),
          services: z.array(
            z.strictObject({
              name: z.string(),
              container: z.string(),
              /** Answers 200 with `UP` when it works. */
              health: z.string(),
              /** That it consumes. */
              queue: z.string().nullable(),
              /** argv that makes its container. Holds no secret. */
              create: z.array(z.string()),
              /** Folder whose files make it fail. */
              faults: z.string(),
            }),
          ),
        })
        .optional(),
      /** Absent: no ETL with load types was made. */
      etl: z
        .strictObject({
          /** Of its schedules. */
          zone: z.string(),
          /** The lab's day there when it was made, `2019-10-17`. */
          day: z.string(),
          /** What its program is told; holds passwords. */
          config: z.string(),
          /** Folder in which a file named after a load type makes it fail. */
          faults: z.string(),
          /** What it did, and what faults took away, a JSON line each. */
          record: z.string(),
          /** Null: no S3 server was started, and no load type writes files. */
          s3: z
            .strictObject({
              endpoint: z.string(),
              region: z.string(),
              bucket: z.string(),
              accessKeyIdFile: secretFile,
              secretAccessKeyFile: secretFile,
            })
            .nullable(),
          /** Words before each command about jobs of this machine: they keep them in the lab's folder. */
          through: z.array(z.string()),
          /** How a job is run, up to the load type. */
          run: z.discriminatedUnion('kind', [
            z.strictObject({ kind: z.literal('program'), program: z.string(), args: z.array(z.string()) }),
            z.strictObject({
              kind: z.literal('image'),
              image: z.string(),
              options: z.array(z.string()),
              args: z.array(z.string()),
            }),
          ]),
        })
        .optional(),
    })
    .optional(),
});

/** What is known of a lab: enough to reach it, and enough to clean up after it. Holds no secret itself. */
export type LabDescriptor = z.infer<typeof descriptorSchema>;

/** The descriptor's part that is there once a lab is ready. */
export type RunningLab = NonNullable<LabDescriptor['running']>;

/** Paths of a lab's files. @throws Fault `usage` for a name that is not short, lower case and plain */
export function labFiles(stateDir: string, name: string): LabFiles {
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) {
    throw new Fault({
      code: 'lab.bad-name',
      message: `'${name}' can't name a lab: lower-case letters, digits and hyphens, 31 at most.`,
      exit: 'usage',
    });
  }
  const folder = join(stateDir, 'labs', name);
  const cdc = join(folder, 'cdc');
  return {
    name,
    folder,
    descriptor: join(folder, 'lab.json'),
    config: join(folder, 'config.yaml'),
    secrets: join(folder, 'secrets'),
    publisherRecord: join(folder, 'publisher.jsonl'),
    consumerRecord: join(folder, 'consumer.jsonl'),
    cdc: {
      folder: cdc,
      properties: join(cdc, 'config.properties'),
      log: join(cdc, 'maxwell.log'),
      written: join(cdc, 'written.jsonl'),
      delivered: join(cdc, 'delivered.jsonl'),
      taken: join(cdc, 'taken.json'),
    },
  };
}

/** Names of the labs that have left anything in the state folder, running or not. */
export async function labNames(stateDir: string): Promise<readonly string[]> {
  const names = await readdir(join(stateDir, 'labs')).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  return names.sort();
}

/** Writes a file of the lab so that it is never seen half written; mode 0600. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Writes a secret into a file of its own and returns the path. */
export async function writeSecret(files: LabFiles, name: string, value: string): Promise<string> {
  await mkdir(files.secrets, { recursive: true, mode: 0o700 });
  const path = join(files.secrets, name);
  await writePrivate(path, value);
  return path;
}

/** The descriptor of a lab; undefined when there is no such lab. */
export async function readDescriptor(files: LabFiles): Promise<LabDescriptor | undefined> {
  const text = await readFile(files.descriptor, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : descriptorSchema.parse(JSON.parse(text));
}

/** The running part of a lab's descriptor. @throws Fault `unreachable` when that lab is not up */
export async function runningLab(files: LabFiles): Promise<RunningLab> {
  const descriptor = await readDescriptor(files);
  if (descriptor?.running !== undefined) return descriptor.running;
  throw new Fault({
    code: 'lab.not-up',
    message: `The lab '${files.name}' is not up.`,
    next: ['esr-ops lab up'],
    exit: 'unreachable',
  });
}
