import { known, unknown, type FactSource } from './source.ts';

/** Facts of CDC. */
export const cdcFacts: readonly FactSource[] = [
  {
    name: 'cdc.process',
    type: 'string',
    values: ['running', 'stopped', 'unknown', 'none'],
    help: 'whether the process of CDC runs; none where it is not controlled from here',
    decides: true,
    read: async (scope) => {
      const { cdc } = scope.readers;
      if (cdc === null) return known('none');
      const { is, evidence } = await cdc.process.status();
      return known(is, evidence.join('; '));
    },
  },
  {
    name: 'cdc.position',
    type: 'string',
    values: ['stored', 'lost', 'purged', 'none'],
    help: "Maxwell's stored position: lost when it has no row for this server, purged when its file is gone",
    decides: true,
    read: async (scope) => {
      const { cdc } = scope.readers;
      if (cdc === null) return known('none');
      const { stored, positionReadable } = await cdc.maxwell.status();
      return known(stored === null ? 'lost' : positionReadable ? 'stored' : 'purged');
    },
  },
  {
    name: 'cdc.lag',
    type: 'int',
    help: 'seconds that CDC is behind at most; unknown while it has not read a heartbeat back',
    decides: false,
    read: async (scope) => {
      const { cdc } = scope.readers;
      if (cdc === null) return unknown('CDC is not controlled from here');
      const { lagMs } = await cdc.maxwell.status();
      return lagMs === null
        ? unknown('Maxwell has read no heartbeat back yet')
        : known(Math.max(0, Math.round(lagMs / 1000)));
    },
  },
  {
    name: 'cdc.vhost',
    type: 'string',
    help: 'the vhost that the configuration of CDC names; empty where it is not controlled from here',
    decides: true,
    read: async (scope) => known(scope.readers.cdc === null ? '' : (await scope.readers.cdc.target()).vhost),
  },
];
