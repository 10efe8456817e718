const mask = '[secret]';

/**
 * A line of a configuration file with what looks like a secret masked, and each value that is known to be one: rather
 * too much than too little. The names of settings stay.
 */
export function maskSecrets(line: string, known: readonly string[]): string {
  // A line that only continues one before it may hold a part of a value and no name.
  const part = line.trim().replace(/\\$/, '');
  if (part !== '' && known.some((value) => value.includes(part))) return mask;
  const values = [...known].filter((value) => value.length > 3).sort((a, b) => b.length - a.length);
  return values
    .reduce((text, value) => text.replaceAll(value, mask), line)
    .replace(/(\/\/[^\s/:@]*):[^\s]*@(?=[^@\s]*$|[^@\s]*\s)/g, `$1:${mask}@`)
    .replace(/(--[\w.-]*(?:pass|secret|token)[\w.-]*)(=|\s+)(\S+)/gi, `$1$2${mask}`)
    .replace(
      /^(?!.*--[\w.-]*(?:pass|secret|token))(.*?(?:pass|secret|token)[\w.-]*["']?(?:\s*[=:]\s*|\s+))\S.*$/i,
      `$1${mask}`,
    );
}
