import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { labS3Client, type LabS3Client } from '../../src/lab/s3/lab-client.ts';
import { startS3, type LabS3 } from '../../src/lab/s3/start-s3.ts';
import { programFile } from './program.ts';
import { servers } from './servers.ts';

/** A real S3-compatible server of one test file, and a client of it that shares no code with the product's. */
export interface TestS3 {
  readonly server: LabS3;
  readonly client: LabS3Client;
  /** Puts a day's files, one a Local Office, with numbers from `first` on; returns the keys. */
  putDay(date: string, first: number, localOffices?: readonly string[]): Promise<readonly string[]>;
  /** Many keys with the content of one that is there, made in the server's own files: a thousand requests take long. */
  copies(from: string, keys: readonly string[]): Promise<void>;
  end(): Promise<void>;
}

/** The Local Offices of public migration scripts. */
export const localOffices = 'EMD EOE KSS LDN MER NTH NWN OXF PEN SEV WES WMD YHD'.split(' ');

/** Key of one file. */
export function appKey(date: string, localOffice: string, sequence: number): string {
  return `outbound/app/DE_${localOffice}_APP_${date.replaceAll('-', '')}_${String(sequence).padStart(8, '0')}.DAT`;
}

/** Starts it (about a second). */
export async function startTestS3(): Promise<TestS3> {
  const dir = await mkdtemp(join(tmpdir(), 'esr-ops-s3-'));
  const server = await startS3({ program: [process.execPath, programFile()], labId: servers().labId, dir });
  const client = labS3Client(server);
  return {
    server,
    client,
    putDay: async (date, first, offices = localOffices) => {
      const keys = offices.map((office, at) => appKey(date, office, first + at));
      await Promise.all(keys.map((key) => client.put(key, `records of ${key}\n`)));
      return keys;
    },
    copies: async (from, keys) => {
      const at = (key: string): string => join(dir, 'objects', server.bucket, dirname(key));
      const parts = (await readdir(at(from))).filter((name) => name.startsWith(`${basename(from)}.`));
      for (const key of keys.filter((one) => one !== from))
        for (const part of parts)
          await copyFile(join(at(from), part), join(at(key), part.replace(basename(from), basename(key))));
    },
    end: async () => {
      client.close();
      await server.end();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
