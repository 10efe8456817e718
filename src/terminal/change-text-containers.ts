import type { ComponentChange } from '../core/change-component.ts';
import type { DockerChange } from '../core/change-docker.ts';
import type { ChangeWords } from './change-words.ts';
import { foldWords } from './fold-list.ts';

/** Words for the changes of Docker and of components. */
export function describeContainerChange(change: DockerChange | ComponentChange): ChangeWords {
  switch (change.kind) {
    case 'docker.keep':
      return {
        does: `keep what Docker on ${change.host} knows of every container`,
        safe: 'it only reads; secrets are kept apart, and the file is read back after writing',
        undo: 'nothing to undo: delete the file when it is no longer wanted',
      };
    case 'docker.restart': {
      const stopped = (change.before ?? []).filter(({ fate }) => fate !== 'stays' && fate !== 'keeps-running');
      const names = stopped.map(({ name }) => name);
      const what =
        change.before === null
          ? ': every container there is stopped, and which there are is not known'
          : names.length === 0
            ? ': no container is stopped by that'
            : `: it interrupts ${foldWords(names)}`;
      return {
        does: `restart the Docker daemon of ${change.host}${what}`,
        safe: 'what each container was is kept; what does not come back by itself is started or made anew afterwards',
        undo: 'cannot be undone',
      };
    }
    case 'container.remove':
      return {
        does: `remove the container ${change.name}, which is ${change.state}`,
        safe: 'only this very container, only while it does not run; its volumes stay',
        undo: 'cannot be undone; what it was made of is in what was kept before',
      };
    case 'component.stop':
      return {
        does: `stop ${change.component}, in order within ${Math.round(change.graceMs / 1000)} s`,
        safe: 'it gets its own time to end; its queues keep what comes meanwhile',
        undo: 'it is started again by the next step',
      };
    case 'component.start':
      return {
        does: `start ${change.component} and follow its log until it says that it started or failed`,
        safe: 'nothing is changed but that it runs',
        undo: 'stop it again as it is stopped by hand',
      };
    case 'component.recreate':
      return {
        does: `make ${change.component} anew as the configuration says, and follow its log`,
        safe: 'there is nothing left of it that could be started',
        undo: 'remove the new one by hand',
      };
    default:
      return change satisfies never;
  }
}
