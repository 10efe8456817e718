#!/usr/bin/env node
import { main } from '../dist/main.js';

let interrupts = 0;
process.on('SIGINT', () => {
  interrupts += 1;
  // The second Ctrl-C leaves at once: the journal has the intent of whatever was under way.
  if (interrupts > 1) process.exit(130);
});
process.exitCode = await main(process.argv.slice(2));
