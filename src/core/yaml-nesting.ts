import { CST, Lexer } from 'yaml';

const deepestFlow = 16;
const mostIndicators = 8;
const deepestIndent = 60;

/**
 * Offset at which YAML text nests deeper than any runbook needs, or null. Looked for in the tokens, before
 * anything is parsed, because the parser is recursive: text that is nested some ten thousand deep ends the
 * whole process instead of throwing.
 */
export function tooDeep(text: string): number | null {
  let offset = 0;
  let flow = 0;
  let indicators = 0;
  let lineStart = true;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (type === 'newline') {
      indicators = 0;
      lineStart = true;
    } else if (type === 'flow-seq-start' || type === 'flow-map-start') flow += 1;
    else if (type === 'flow-seq-end' || type === 'flow-map-end') flow = Math.max(0, flow - 1);
    else if (type === 'seq-item-ind' || type === 'explicit-key-ind' || (type === 'map-value-ind' && flow === 0))
      indicators += 1;
    const indented = lineStart && type === 'space' && token.length > deepestIndent;
    if (flow > deepestFlow || indicators > mostIndicators || indented) return offset;
    if (type !== 'newline') lineStart = false;
    if (!isMarker(type)) offset += token.length;
  }
  return null;
}

/** Tokens that the lexer makes up and that stand for no text. */
function isMarker(type: string | null): boolean {
  return type === 'doc-mode' || type === 'flow-error-end' || type === 'scalar';
}
