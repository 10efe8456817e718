import type { Message } from '../core/messages.ts';
import { line, type Line } from './lines.ts';
import type { Style } from './style.ts';

/** A message as lines of text. */
export function renderMessage(message: Message, style: Style): readonly Line[] {
  return [line(style.symbols.bullet, ' ', message.code, ' ', JSON.stringify(message.payload))];
}
