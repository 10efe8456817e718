import { basename } from 'node:path';

/** Whether an argv that arrived on a far host is one that can't change anything there. */
export function onlyReads(argv: readonly string[]): boolean {
  const program = basename(argv[0] ?? '');
  if (program === 'docker') {
    const [word] = argv[1] === '--host' ? argv.slice(3) : argv.slice(1);
    return ['version', 'info', 'ps', 'inspect', 'logs', 'events'].includes(word ?? '');
  }
  if (program === 'sh' && argv[1] === '-c')
    return !/\b(mkdir|mv|rm|kill|setsid|sync)\b|>>|>\s*(?!&|\/dev\/null)\S/.test(argv[2] ?? '');
  return program === 'stat';
}
