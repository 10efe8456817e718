/** Deeper than anything that esr-ops, RabbitMQ, Docker or Maxwell writes, and far from where recursion ends a program. */
const deepest = 128;

/**
 * JSON text as a value. Throws a SyntaxError for anything else, and for text that is nested deeper than 128 levels:
 * it parses, but whoever walks over the value afterwards would run out of stack.
 */
export function readJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`it is nested deeper than ${deepest} levels`);
  return JSON.parse(text) as unknown;
}

const quote = 0x22;
const backslash = 0x5c;

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === quote) {
      for (at += 1; at < text.length && text.charCodeAt(at) !== quote; at += 1)
        if (text.charCodeAt(at) === backslash) at += 1;
    } else if (unit === 0x5b || unit === 0x7b) {
      depth += 1;
      if (depth > deepest) return true;
    } else if (unit === 0x5d || unit === 0x7d) depth -= 1;
  }
  return false;
}
