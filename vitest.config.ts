import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take a minute and more, longest first: begun at the end, one of them would be waited for alone. */
const long = [
  'cdc/recover',
  'recovery/whole',
  'docker/program',
  'recovery/steps',
  'cdc/worlds',
  'crash/acknowledged',
  'rehearse/program',
  'etl/recover',
  'cdc/real-maxwell',
  'maxwell-commands/program',
  'message-commands/kill',
  'crash/kill-points',
  'dry-run/dry-run',
  'faults/restarts',
  'recovery/fence',
  'lab/cdc',
].map((name) => `/test/${name}.test.ts`);

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = long.findIndex((name) => moduleId.endsWith(name));
      return at < 0 ? long.length : at;
    };
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}

const config = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    sequence: { sequencer: LongFirst },
    maxWorkers: 4,
    // Generous: they end what hangs, and a busy machine is no failure.
    testTimeout: 120_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 30_000 } },
  },
});

export { config as default };
