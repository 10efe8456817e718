import type { Outlet } from './outlet.ts';
import type { Style } from './style.ts';

/** Where a text goes and how it looks there. */
export interface TextChannel {
  readonly outlet: Outlet;
  readonly style: Style;
}
