import { servers } from '../support/servers.ts';
import type { TestEnvironment } from '../support/program.ts';

/** A transcript with everything that differs from run to run replaced by its kind; also without blanks at line ends. */
export function normalise(text: string, environment: Pick<TestEnvironment, 'home'>): string {
  const { rabbit } = servers();
  return text
    .replaceAll('\r', '')
    .replaceAll(environment.home, '<home>')
    .replace(broken(rabbit.nodeName), '<node>')
    .replace(broken(encodeURIComponent(rabbit.nodeName)), '<node>')
    .replace(/\brun-\d{8}T\d{6}Z-[0-9a-f\n]+(?=\/)/g, 'run-<id>')
    .replace(/\b(run|cap|plan)-(?:\d{8}T\d{6}Z-)[0-9a-f]+\b/g, '$1-<id>')
    .replace(
      /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?(?: \(\d\d:\d\d(?::\d\d)? Europe\/London\))?/g,
      '<time>',
    )
    .replace(/\b[0-9a-f]{64}\b/g, '<digest>')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
    .replace(/\b\d+(?:\.\d+)? (?:ms|s)\b(?=\))/g, '<duration>')
    .replace(/"version":"\d+\.\d+\.\d+"/g, '"version":"<version>"')
    .replace(/(failed with)(?:(?!\n\S|\n {0,4}\S)[^])*/g, "$1 <the broker's reason>\n")
    .replace(/[ \t]+$/gm, '')
    .trimEnd()
    .concat('\n');
}

/** The text wherever it stands, also where a terminal's edge cut it in two. */
function broken(text: string): RegExp {
  const characters = text.split(/(?=[^])/u).map((character) => character.replace(/[^\w%@]/, '\\$&'));
  return new RegExp(characters.join('\\n?'), 'g');
}
