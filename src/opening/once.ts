/** Makes a thing when it is first asked for, and the same thing ever after, also when making it failed. */
export function once<T>(make: () => T | Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= Promise.resolve().then(make));
}
