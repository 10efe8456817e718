import type { RunningLab } from '../lab-files.ts';

/** A service of the lab that is a container, as the lab's descriptor has it. */
export type DescribedService = NonNullable<RunningLab['docker']>['services'][number];

/** Whether a health endpoint answers that all is well. */
export async function healthy(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  return answer.status === 200 && (await answer.text()).includes('"UP"');
}
