import { visible } from '../core/visible.ts';

/**
 * Text as Markdown that shows exactly that text: whatever a wiki would read as formatting, HTML, a link or the end of
 * a table cell is escaped, and what can't be seen is written out. One line comes out, so it fits into a table.
 */
export function escapeMarkdown(text: string): string {
  return visible(text)
    .replace(/[\\`*_{}[\]|~$^]/g, (sign) => `\\${sign}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/^(\s*)([#+=>-])/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])/, '$1\\$2')
    .replace(/:(?=\/\/)/g, '\\:')
    .replace(/@(?=[\w-])/g, '&#64;')
    .replace(/www\./gi, (found) => `${found.slice(0, -1)}\\.`)
    .replace(/ {2,}/g, (spaces) => ` ${'&#32;'.repeat(spaces.length - 1)}`)
    .replace(/^ | $/g, '&#32;');
}
