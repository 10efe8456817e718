import type { Message } from '../../../src/core/messages.ts';
import { layOut } from '../../../src/terminal/lines.ts';
import { createStyle, type Style } from '../../../src/terminal/style.ts';
import { renderMessage } from '../../../src/terminal/text.ts';

/** No terminal, or one with colours, so wide. */
export const styleOf = (columns: number, color = false): Style =>
  createStyle({
    stream: { isTTY: color, columns },
    color: 'auto',
    env: { LANG: 'en_GB.UTF-8', ...(color ? { FORCE_COLOR: '1' } : {}) },
    timezone: 'Europe/London',
  });

/** A message as lines. */
export const rows = (message: Message, style = styleOf(80)): readonly string[] =>
  layOut(renderMessage(message, style), style, (text) => text);

/** The same as one text. */
export const text = (message: Message, style?: Style): string => rows(message, style).join('\n');
