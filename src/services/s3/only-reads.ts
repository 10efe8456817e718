import type { S3Client } from '@aws-sdk/client-s3';

/** Makes a client refuse whatever is no read, by the command's name and again by the request's method, before it is sent. */
export function onlyReads(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (given) => {
        if (!/^(Get|Head|List)/.test(commandName ?? '')) throw new Error(`${commandName ?? 'a command'} is not a read`);
        return await next(given);
      },
    { step: 'initialize', priority: 'high', name: 'onlyReadingCommands' },
  );
  client.middlewareStack.add(
    (next) => async (given) => {
      const { method } = given.request as { readonly method?: string };
      if (method !== 'GET' && method !== 'HEAD') throw new Error(`${method ?? 'a request'} is not a read`);
      return await next(given);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'onlyReadingMethods' },
  );
}
