import type { BrokerAccess } from './broker-http.ts';
import type { LabFiles, RunningLab } from './lab-files.ts';
import type { MariadbServer } from './mariadb-server.ts';

/** Where a part that needs both servers joins a lab that is being built. */
export interface LabPlace {
  readonly files: LabFiles;
  readonly labId: string;
  /** Private folder with a short path. */
  readonly dir: string;
  /** argv of this program up to a hidden command. */
  readonly program: readonly string[];
  readonly mariadb: MariadbServer;
  readonly rabbitmq: RunningLab['rabbitmq'];
  readonly broker: BrokerAccess;
  /** Passwords of the broker's users. */
  readonly passwords: Readonly<Record<string, string>>;
}
